//! Signing in and out.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::api::{SignIn, SignedIn};

use super::{bearer::SignedInUser, device::RequestDevice, extract::Body};
use crate::{
    domain::client_address::ClientAddress,
    service::Service,
    transport::{error::HttpError, security_log},
};

/// `POST /api/v1/sessions`
pub async fn sign_in(
    State(service): State<Service>,
    RequestDevice(device): RequestDevice,
    from: ClientAddress,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedIn>), HttpError> {
    let signed_in = service.sign_in(request, device, &from).await;
    let signed_in = signed_in.inspect_err(|error| security_log::log_refused_sign_in(error, from.ip))?;
    Ok((StatusCode::CREATED, Json(signed_in)))
}

/// `DELETE /api/v1/session`: the session's connections end with it.
pub async fn sign_out(
    State(service): State<Service>,
    SignedInUser { user, session, .. }: SignedInUser,
) -> Result<StatusCode, HttpError> {
    service.sign_out(&user, session).await?;
    Ok(StatusCode::NO_CONTENT)
}
