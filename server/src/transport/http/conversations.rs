//! Conversations and their members.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::{
    api::{
        ConversationPage, ConversationView, MAX_CONVERSATIONS_PER_PAGE, MEMBERS_PER_PAGE, MarkUnread,
        Members, NewConversation,
    },
    command::{AddMembers, Join, Leave, Rename, SetTopic},
    conversation::ListCursor,
    id::ConversationId,
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    extract::{Body, Id, Query},
};
use crate::{
    service::{MemberCursor, Service, command},
    transport::error::HttpError,
};

/// `POST /api/v1/conversations`
pub async fn open(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Body(request): Body<NewConversation>,
) -> Result<Json<ConversationView>, HttpError> {
    Ok(Json(service.open(&user, request, &from).await?))
}

/// The query of a part of the list of conversations.
#[derive(Deserialize)]
pub struct ListQuery {
    before: Option<ListCursor>,
    limit: Option<usize>,
}

/// `GET /api/v1/conversations`
pub async fn list(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Query(ListQuery { before, limit }): Query<ListQuery>,
) -> Result<Json<ConversationPage>, HttpError> {
    let limit = limit.unwrap_or(MAX_CONVERSATIONS_PER_PAGE);
    Ok(Json(service.conversations(&user, before, limit).await?))
}

/// `GET /api/v1/conversations/{id}`
pub async fn get(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
) -> Result<Json<ConversationView>, HttpError> {
    Ok(Json(service.conversation(&user, id).await?))
}

/// `PATCH /api/v1/conversations/{id}`
pub async fn rename(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(rename): Body<Rename>,
) -> Result<Json<ConversationView>, HttpError> {
    service.execute(command(&user, Rename { conversation, ..rename }.into())?, &from).await?;
    Ok(Json(service.conversation(&user, conversation).await?))
}

/// The query of a part of the members: those behind a name, whose names begin with a text.
#[derive(Deserialize)]
pub struct MembersQuery {
    #[serde(default)]
    after: String,
    after_shown: Option<String>,
    #[serde(default)]
    query: String,
    limit: Option<usize>,
}

/// `GET /api/v1/conversations/{id}/members`
pub async fn members(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
    Query(MembersQuery { after, after_shown, query, limit }): Query<MembersQuery>,
) -> Result<Json<Members>, HttpError> {
    let limit = limit.unwrap_or(MEMBERS_PER_PAGE);
    let after = MemberCursor { name: &after, shown: after_shown.as_deref() };
    Ok(Json(service.members(&user, id, after, &query, limit).await?))
}

/// `POST /api/v1/conversations/{id}/members`
pub async fn add_members(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(add): Body<AddMembers>,
) -> Result<Json<ConversationView>, HttpError> {
    service.execute(command(&user, AddMembers { conversation, ..add }.into())?, &from).await?;
    Ok(Json(service.conversation(&user, conversation).await?))
}

/// `POST /api/v1/conversations/{id}/leave`
pub async fn leave(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(leave): Body<Leave>,
) -> Result<StatusCode, HttpError> {
    service.execute(command(&user, Leave { conversation, ..leave }.into())?, &from).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/conversations/{id}/join`
pub async fn join(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(join): Body<Join>,
) -> Result<Json<ConversationView>, HttpError> {
    Ok(Json(service.join_group(&user, Join { conversation, ..join }, &from).await?))
}

/// `DELETE /api/v1/conversations/{id}/join`
pub async fn decline(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
) -> Result<StatusCode, HttpError> {
    service.decline_group(&user, conversation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/v1/conversations/{id}/topic`
pub async fn set_topic(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(set): Body<SetTopic>,
) -> Result<Json<ConversationView>, HttpError> {
    service.execute(command(&user, SetTopic { conversation, ..set }.into())?, &from).await?;
    Ok(Json(service.conversation(&user, conversation).await?))
}

/// `PUT /api/v1/conversations/{id}/unread`
pub async fn mark_unread(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(MarkUnread { seq }): Body<MarkUnread>,
) -> Result<StatusCode, HttpError> {
    service.mark_unread(&user, conversation, seq, &from).await?;
    Ok(StatusCode::NO_CONTENT)
}
