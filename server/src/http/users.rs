//! Finding people.

use axum::{Json, extract::State};
use confab_shared::api::Users;
use serde::Deserialize;

use super::{HttpError, bearer::SignedInUser, error::Query};
use crate::chat::Chat;

#[derive(Deserialize)]
pub(super) struct Find {
    #[serde(default)]
    query: String,
}

/// `GET /api/v1/users`
pub(super) async fn find(
    State(chat): State<Chat>,
    _asker: SignedInUser,
    Query(find): Query<Find>,
) -> Result<Json<Users>, HttpError> {
    Ok(Json(chat.find_users(&find.query).await?))
}
