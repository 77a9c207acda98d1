//! The signed-in user.

use axum::{Json, extract::State};
use confab_shared::api::{Me, MeChange};

use super::{bearer::SignedInUser, extract::Body};
use crate::{service::Service, transport::error::HttpError};

/// `GET /api/v1/me`
pub async fn get(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
) -> Result<Json<Me>, HttpError> {
    Ok(Json(service.me(user).await?))
}

/// `PATCH /api/v1/me`
pub async fn change(
    State(service): State<Service>,
    SignedInUser { user, session }: SignedInUser,
    Body(change): Body<MeChange>,
) -> Result<Json<Me>, HttpError> {
    if let Some(password) = change.password {
        service.set_password(&user, session, password).await?;
    }
    Ok(Json(service.me(user).await?))
}
