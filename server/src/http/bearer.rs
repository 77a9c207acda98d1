//! Who asks: `Authorization: Bearer <token>`.

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{header, request::Parts},
};
use confab_shared::{error::ErrorCode, user::User};

use super::HttpError;
use crate::{admission::Slot, chat::Chat, store::SecretHash};

/// The one who is signed in with the token of the request.
pub(super) struct SignedInUser {
    pub(super) user: User,
    pub(super) session: SecretHash,
}

impl<S> FromRequestParts<S> for SignedInUser
where
    Chat: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HttpError> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let (user, session) = Chat::from_ref(state).session(token.ok_or(ErrorCode::BadToken)?).await?;
        if let Some(slot) = parts.extensions.get::<Arc<Slot>>() {
            slot.mark_signed_in();
        }
        Ok(Self { user, session })
    }
}
