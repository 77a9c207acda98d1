//! The threads that a user follows.

use axum::{Json, extract::State};
use confab_shared::{
    api::{MAX_THREADS_PER_PAGE, ThreadChange, ThreadCursor, ThreadPage},
    id::{ConversationId, Seq},
    thread::ThreadState,
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    extract::{Body, Id, Query},
};
use crate::{service::Service, transport::error::HttpError};

/// The query of a part of the list of threads.
#[derive(Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    unread: bool,
    before: Option<ThreadCursor>,
    limit: Option<usize>,
}

/// `GET /api/v1/threads`
pub async fn list(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Query(ListQuery { unread, before, limit }): Query<ListQuery>,
) -> Result<Json<ThreadPage>, HttpError> {
    let limit = limit.unwrap_or(MAX_THREADS_PER_PAGE);
    Ok(Json(service.threads(&user, unread, before, limit).await?))
}

/// `GET /api/v1/conversations/{id}/threads/{root}`
pub async fn get(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id((id, root)): Id<(ConversationId, Seq)>,
) -> Result<Json<ThreadState>, HttpError> {
    Ok(Json(service.thread(&user, id, root).await?))
}

/// `PUT /api/v1/conversations/{id}/threads/{root}`
pub async fn follow(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id((id, root)): Id<(ConversationId, Seq)>,
    Body(ThreadChange { following }): Body<ThreadChange>,
) -> Result<Json<ThreadState>, HttpError> {
    Ok(Json(service.follow_thread(&user, id, root, following).await?))
}
