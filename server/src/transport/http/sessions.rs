//! Signing in and out.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::api::{SignIn, SignedIn};

use super::{bearer::SignedInUser, device::RequestDevice, extract::Body};
use crate::{service::Service, transport::error::HttpError};

/// `POST /api/v1/sessions`
pub async fn sign_in(
    State(service): State<Service>,
    RequestDevice(device): RequestDevice,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedIn>), HttpError> {
    Ok((StatusCode::CREATED, Json(service.sign_in(request, device).await?)))
}

/// `DELETE /api/v1/session`: the session's connections end with it.
pub async fn sign_out(
    State(service): State<Service>,
    SignedInUser { user, session }: SignedInUser,
) -> Result<StatusCode, HttpError> {
    service.sign_out(&user, session).await?;
    Ok(StatusCode::NO_CONTENT)
}
