//! Drafts of messages.

use axum::{Json, extract::State};
use confab_shared::{
    api::{DraftChange, Drafts},
    draft::{Draft, DraftKey},
    id::{ConversationId, Seq},
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    extract::{Body, Id, Query},
};
use crate::{service::Service, transport::error::HttpError};

/// `GET /api/v1/drafts`
pub async fn list(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
) -> Result<Json<Drafts>, HttpError> {
    Ok(Json(service.drafts(&user).await?))
}

/// Which draft of a conversation is asked for.
#[derive(Debug, Deserialize)]
pub struct DraftQuery {
    /// The root of the thread.
    thread: Option<Seq>,
}

/// `GET /api/v1/conversations/{id}/draft`
pub async fn get(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Query(DraftQuery { thread }): Query<DraftQuery>,
) -> Result<Json<Draft>, HttpError> {
    Ok(Json(service.draft(&user, DraftKey { conversation, thread }).await?))
}

/// `PUT /api/v1/conversations/{id}/draft`
pub async fn save(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
    Body(change): Body<DraftChange>,
) -> Result<Json<Draft>, HttpError> {
    Ok(Json(service.save_draft(&user, id, change).await?))
}
