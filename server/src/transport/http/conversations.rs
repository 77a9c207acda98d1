//! Conversations and their members.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::{
    api::{ConversationView, Members, NewConversation},
    command::{AddMembers, Leave, Rename, SetTopic},
    id::ConversationId,
};

use super::{
    bearer::SignedInUser,
    extract::{Body, Id},
};
use crate::{
    service::{Service, command},
    transport::error::HttpError,
};

/// `POST /api/v1/conversations`
pub async fn open(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Body(request): Body<NewConversation>,
) -> Result<Json<ConversationView>, HttpError> {
    Ok(Json(service.open(&user, request).await?))
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
    SignedInUser { user, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(rename): Body<Rename>,
) -> Result<Json<ConversationView>, HttpError> {
    service.execute(command(&user, Rename { conversation, ..rename }.into())?).await?;
    Ok(Json(service.conversation(&user, conversation).await?))
}

/// `GET /api/v1/conversations/{id}/members`
pub async fn members(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
) -> Result<Json<Members>, HttpError> {
    Ok(Json(service.members(&user, id).await?))
}

/// `POST /api/v1/conversations/{id}/members`
pub async fn add_members(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(add): Body<AddMembers>,
) -> Result<Json<ConversationView>, HttpError> {
    service.execute(command(&user, AddMembers { conversation, ..add }.into())?).await?;
    Ok(Json(service.conversation(&user, conversation).await?))
}

/// `POST /api/v1/conversations/{id}/leave`
pub async fn leave(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(leave): Body<Leave>,
) -> Result<StatusCode, HttpError> {
    service.execute(command(&user, Leave { conversation, ..leave }.into())?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/v1/conversations/{id}/topic`
pub async fn set_topic(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(set): Body<SetTopic>,
) -> Result<Json<ConversationView>, HttpError> {
    service.execute(command(&user, SetTopic { conversation, ..set }.into())?).await?;
    Ok(Json(service.conversation(&user, conversation).await?))
}
