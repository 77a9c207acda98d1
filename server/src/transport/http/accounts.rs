//! Accounts: making one, and the administration's view of all.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::{
    api::{Account, AccountChange, Accounts, NewAccount, Sessions, SignedIn},
    id::UserId,
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    device::RequestDevice,
    extract::{Body, Number, Query},
};
use crate::{
    domain::client_address::ClientAddress,
    service::Service,
    transport::{error::HttpError, security_log},
};

/// The query of a page of accounts.
#[derive(Deserialize)]
pub struct Page {
    #[serde(default)]
    query: String,
    after: Option<String>,
}

/// `POST /api/v1/accounts`
pub async fn create(
    State(service): State<Service>,
    RequestDevice(device): RequestDevice,
    from: ClientAddress,
    Body(request): Body<NewAccount>,
) -> Result<(StatusCode, Json<SignedIn>), HttpError> {
    let signed_in = service.create_account(request, device, &from).await;
    let signed_in = signed_in.inspect_err(|error| security_log::log_refused_sign_in(error, from.ip))?;
    Ok((StatusCode::CREATED, Json(signed_in)))
}

/// `GET /api/v1/accounts`
pub async fn list(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Query(page): Query<Page>,
) -> Result<Json<Accounts>, HttpError> {
    Ok(Json(service.accounts(&user, &page.query, page.after.as_deref()).await?))
}

/// `PATCH /api/v1/accounts/{id}`
pub async fn change(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Number(id): Number<UserId>,
    Body(change): Body<AccountChange>,
) -> Result<Json<Account>, HttpError> {
    Ok(Json(service.change_account(&user, id, change).await?))
}

/// `GET /api/v1/accounts/{id}/sessions`
pub async fn sessions(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Number(id): Number<UserId>,
) -> Result<Json<Sessions>, HttpError> {
    Ok(Json(service.sessions_of(&user, id).await?))
}

/// `DELETE /api/v1/accounts/{id}/sessions`
pub async fn end_sessions(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Number(id): Number<UserId>,
) -> Result<StatusCode, HttpError> {
    service.end_sessions_of(&user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
