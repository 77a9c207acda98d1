//! Conversations: beginning and changing them, their members, their history.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::{api::{AddMembers, ConversationView, EventPage, Leave, Members, NewConversation, Rename}, error::ErrorCode, id::{ConversationId, Seq}};
use serde::Deserialize;

use super::{
    HttpError,
    bearer::SignedInUser,
    error::{Body, Id, Query},
};
use crate::{chat::Chat, error::Error, store::Range};

/// How many events a page has unless told.
const EVENTS_PER_PAGE: usize = 50;

/// `POST /api/v1/conversations`
pub(super) async fn begin(
    State(chat): State<Chat>,
    SignedInUser { user, .. }: SignedInUser,
    Body(request): Body<NewConversation>,
) -> Result<Json<ConversationView>, HttpError> {
    Ok(Json(chat.begin(&user, request).await?))
}

/// `GET /api/v1/conversations/{id}`
pub(super) async fn one(
    State(chat): State<Chat>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationView>, HttpError> {
    Ok(Json(chat.conversation(&user, id).await?))
}

/// `PATCH /api/v1/conversations/{id}`
pub(super) async fn rename(
    State(chat): State<Chat>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
    Body(request): Body<Rename>,
) -> Result<Json<ConversationView>, HttpError> {
    Ok(Json(chat.rename(&user, id, request).await?))
}

/// `GET /api/v1/conversations/{id}/members`
pub(super) async fn members(
    State(chat): State<Chat>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
) -> Result<Json<Members>, HttpError> {
    Ok(Json(chat.members(&user, id).await?))
}

/// `POST /api/v1/conversations/{id}/members`
pub(super) async fn add_members(
    State(chat): State<Chat>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
    Body(request): Body<AddMembers>,
) -> Result<Json<ConversationView>, HttpError> {
    Ok(Json(chat.add_members(&user, id, request).await?))
}

/// `POST /api/v1/conversations/{id}/leave`
pub(super) async fn leave(
    State(chat): State<Chat>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
    Body(Leave { client_id }): Body<Leave>,
) -> Result<StatusCode, HttpError> {
    chat.leave(&user, id, client_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct Page {
    before: Option<Seq>,
    after: Option<Seq>,
    limit: Option<usize>,
}

/// `GET /api/v1/conversations/{id}/events`
pub(super) async fn events(
    State(chat): State<Chat>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
    Query(page): Query<Page>,
) -> Result<Json<EventPage>, HttpError> {
    let range = match (page.before, page.after) {
        (None, None) => Range::Newest,
        (Some(seq), None) => Range::Before(seq),
        (None, Some(seq)) => Range::After(seq),
        (Some(_), Some(_)) => {
            return Err(HttpError(Error::new(
                ErrorCode::BadRequest,
                "Ask for events before or after, not both.",
            )));
        }
    };
    Ok(Json(chat.history(&user, id, range, page.limit.unwrap_or(EVENTS_PER_PAGE)).await?))
}
