//! Authenticates a request by `Authorization: Bearer <token>`.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
};
use confab_shared::{error::ErrorCode, user::User};

use crate::{
    domain::sign_in::SecretHash,
    service::Service,
    transport::{admission::Slot, error::HttpError},
};

/// The user and the session of the request's token.
pub struct SignedInUser {
    pub user: User,
    pub session: SecretHash,
}

impl<S> FromRequestParts<S> for SignedInUser
where
    Service: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let slot = parts.extensions.get::<Arc<Slot>>();
        let address = slot.map(|slot| slot.address().to_string());
        let token = token.ok_or(ErrorCode::BadToken)?;
        let (user, session) = Service::from_ref(state).session(token, address.as_deref()).await?;
        if let Some(slot) = slot {
            slot.mark_signed_in();
        }
        Ok(Self { user, session })
    }
}
