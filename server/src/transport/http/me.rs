//! The signed-in user: profile, sessions, second factor.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::{
    api::{Me, MeChange, NewSecondFactor, RecoveryCodes, SecondFactorCode, SecondFactorSecret, Sessions},
    error::ErrorCode,
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    extract::{Body, Number, Query},
};
use crate::{
    service::{Service, error::Error},
    transport::error::HttpError,
};

/// `GET /api/v1/me`
pub async fn get(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
) -> Result<Json<Me>, HttpError> {
    Ok(Json(service.me(user).await?))
}

/// `PATCH /api/v1/me`: one thing at a time, so that a refusal means that nothing changed.
pub async fn change(
    State(service): State<Service>,
    SignedInUser { mut user, session, from }: SignedInUser,
    Body(change): Body<MeChange>,
) -> Result<Json<Me>, HttpError> {
    let MeChange { password, display_name, asks_before_groups, shares_read_positions } = &change;
    let settings = [asks_before_groups, shares_read_positions].map(Option::is_some);
    let given = [password.is_some(), display_name.is_some(), settings[0], settings[1]];
    if given.into_iter().filter(|is_given| *is_given).count() > 1 {
        let sentence = "Change one thing at a time: the password, the display name, or one setting.";
        return Err(Error::new(ErrorCode::BadRequest, sentence).into());
    }
    if let Some(display_name) = change.display_name {
        user = service.set_display_name(&user, &display_name, &from).await?;
    }
    if let Some(password) = change.password {
        service.set_password(&user, session, password, &from).await?;
    }
    if let Some(asks) = change.asks_before_groups {
        service.set_asks_before_groups(&user, asks).await?;
    }
    if let Some(shares) = change.shares_read_positions {
        service.set_shares_read_positions(&user, shares).await?;
    }
    Ok(Json(service.me(user).await?))
}

/// `GET /api/v1/me/sessions`
pub async fn sessions(
    State(service): State<Service>,
    SignedInUser { user, session, .. }: SignedInUser,
) -> Result<Json<Sessions>, HttpError> {
    Ok(Json(service.sessions(&user, session).await?))
}

/// The query of which sessions end.
#[derive(Deserialize)]
pub struct Ended {
    /// Whether the one that asks goes on.
    #[serde(default)]
    others: bool,
}

/// `DELETE /api/v1/me/sessions`
pub async fn end_sessions(
    State(service): State<Service>,
    SignedInUser { user, session, .. }: SignedInUser,
    Query(ended): Query<Ended>,
) -> Result<StatusCode, HttpError> {
    service.end_sessions(user.id, ended.others.then_some(session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/me/sessions/{id}`
pub async fn end_session(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Number(id): Number<u64>,
) -> Result<StatusCode, HttpError> {
    service.end_session(&user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/me/second-factor`
pub async fn new_second_factor(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Body(request): Body<NewSecondFactor>,
) -> Result<Json<SecondFactorSecret>, HttpError> {
    Ok(Json(service.new_second_factor(&user, request, &from).await?))
}

/// `PUT /api/v1/me/second-factor`
pub async fn confirm_second_factor(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Body(shown): Body<SecondFactorCode>,
) -> Result<Json<RecoveryCodes>, HttpError> {
    Ok(Json(service.confirm_second_factor(&user, &shown.code, &from).await?))
}

/// `DELETE /api/v1/me/second-factor`
pub async fn remove_second_factor(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Body(shown): Body<SecondFactorCode>,
) -> Result<StatusCode, HttpError> {
    service.remove_second_factor(&user, &shown.code, &from).await?;
    Ok(StatusCode::NO_CONTENT)
}
