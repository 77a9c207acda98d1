//! Saved messages.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::{
    api::{MAX_SAVED_PER_PAGE, Saved, SavedCursor},
    id::{ConversationId, Seq},
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    extract::{Id, Query},
};
use crate::{service::Service, transport::error::HttpError};

/// The query of a part of the list.
#[derive(Deserialize)]
pub struct SavedQuery {
    before: Option<SavedCursor>,
    limit: Option<usize>,
}

/// `GET /api/v1/saved`
pub async fn list(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Query(SavedQuery { before, limit }): Query<SavedQuery>,
) -> Result<Json<Saved>, HttpError> {
    Ok(Json(service.saved(&user, before, limit.unwrap_or(MAX_SAVED_PER_PAGE)).await?))
}

/// `PUT /api/v1/saved/{conversation}/{seq}`
pub async fn save(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id((conversation, seq)): Id<(ConversationId, Seq)>,
) -> Result<StatusCode, HttpError> {
    service.save_message(&user, conversation, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/v1/saved/{conversation}/{seq}`
pub async fn unsave(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id((conversation, seq)): Id<(ConversationId, Seq)>,
) -> Result<StatusCode, HttpError> {
    service.unsave_message(&user, conversation, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}
