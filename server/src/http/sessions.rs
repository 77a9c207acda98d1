//! Signing in and out.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::api::{SignIn, SignedIn};

use super::{HttpError, bearer::SignedInUser, error::Body};
use crate::chat::Chat;

/// `POST /api/v1/sessions`
pub(super) async fn sign_in(
    State(chat): State<Chat>,
    Body(request): Body<SignIn>,
) -> Result<(StatusCode, Json<SignedIn>), HttpError> {
    Ok((StatusCode::CREATED, Json(chat.sign_in(request).await?)))
}

/// `DELETE /api/v1/session`: the session's connections end with it.
pub(super) async fn sign_out(
    State(chat): State<Chat>,
    SignedInUser { user, session }: SignedInUser,
) -> Result<StatusCode, HttpError> {
    chat.sign_out(&user, session).await?;
    Ok(StatusCode::NO_CONTENT)
}
