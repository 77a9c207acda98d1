//! Authenticates a request by `Authorization: Bearer <token>`.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
};
use confab_shared::{error::ErrorCode, user::User};

use crate::{
    domain::{client_address::ClientAddress, sign_in::SecretHash},
    service::Service,
    transport::{admission::Slot, error::HttpError},
};

/// The user and the session of the request's token, and where the request comes from. A user's requests are limited.
pub struct SignedInUser {
    pub user: User,
    pub session: SecretHash,
    pub from: ClientAddress,
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
        let token = token.ok_or(ErrorCode::BadToken)?.to_owned();
        let from = ClientAddress::from_request_parts(parts, state).await?;
        let service = Service::from_ref(state);
        let (user, session) = service.session(&token, Some(&from.ip.to_string())).await?;
        service.limits().request(&from, user.id)?;
        if let Some(slot) = parts.extensions.get::<Arc<Slot>>() {
            slot.mark_signed_in();
        }
        Ok(Self { user, session, from })
    }
}
