//! The messages of a conversation, and what changes them.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::{
    api::{MAX_READERS_PER_PAGE, MessagePage, Pins, ReadPositions, Readers, Revisions},
    command::{Command, Delete, Edit, Pin, React, RemovePreview, Send},
    id::{ConversationId, Seq, UserId},
    protocol::Ack,
    user::User,
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    extract::{Body, Id, Query},
    page::Page,
};
use crate::{
    domain::client_address::ClientAddress,
    service::{Service, command},
    transport::error::HttpError,
};

/// `GET /api/v1/conversations/{id}/messages`
pub async fn list(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
    Query(page): Query<Page>,
) -> Result<Json<MessagePage>, HttpError> {
    let (range, limit) = (page.range()?, page.limit());
    Ok(Json(match page.thread() {
        None => service.messages(&user, id, range, limit).await?,
        Some(root) => service.replies(&user, id, root, range, limit).await?,
    }))
}

/// `POST /api/v1/conversations/{id}/messages`
pub async fn send(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(send): Body<Send>,
) -> Result<(StatusCode, Json<Ack>), HttpError> {
    Ok((StatusCode::CREATED, execute(&service, &user, &from, Send { conversation, ..send }.into()).await?))
}

/// `PATCH /api/v1/conversations/{id}/messages/{seq}`
pub async fn edit(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id((conversation, target)): Id<(ConversationId, Seq)>,
    Body(edit): Body<Edit>,
) -> Result<Json<Ack>, HttpError> {
    execute(&service, &user, &from, Edit { conversation, target, ..edit }.into()).await
}

/// `DELETE /api/v1/conversations/{id}/messages/{seq}`
pub async fn delete(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id((conversation, target)): Id<(ConversationId, Seq)>,
    Body(delete): Body<Delete>,
) -> Result<Json<Ack>, HttpError> {
    execute(&service, &user, &from, Delete { conversation, target, ..delete }.into()).await
}

/// `PUT /api/v1/conversations/{id}/messages/{seq}/reactions`
pub async fn react(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id((conversation, target)): Id<(ConversationId, Seq)>,
    Body(react): Body<React>,
) -> Result<Json<Ack>, HttpError> {
    execute(&service, &user, &from, React { conversation, target, ..react }.into()).await
}

/// `PUT /api/v1/conversations/{id}/messages/{seq}/pin`
pub async fn pin(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id((conversation, target)): Id<(ConversationId, Seq)>,
    Body(pin): Body<Pin>,
) -> Result<Json<Ack>, HttpError> {
    execute(&service, &user, &from, Pin { conversation, target, ..pin }.into()).await
}

/// `DELETE /api/v1/conversations/{id}/messages/{seq}/previews`
pub async fn remove_preview(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Id((conversation, target)): Id<(ConversationId, Seq)>,
    Body(remove): Body<RemovePreview>,
) -> Result<Json<Ack>, HttpError> {
    execute(&service, &user, &from, RemovePreview { conversation, target, ..remove }.into()).await
}

/// `GET /api/v1/conversations/{id}/messages/{seq}/revisions`
pub async fn revisions(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id((conversation, seq)): Id<(ConversationId, Seq)>,
) -> Result<Json<Revisions>, HttpError> {
    Ok(Json(service.revisions(&user, conversation, seq).await?))
}

/// The query of a part of those who have read a message: those behind the user of an id.
#[derive(Deserialize)]
pub struct ReadersQuery {
    #[serde(default)]
    after: UserId,
    limit: Option<usize>,
}

/// `GET /api/v1/conversations/{id}/messages/{seq}/readers`
pub async fn readers(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id((conversation, seq)): Id<(ConversationId, Seq)>,
    Query(ReadersQuery { after, limit }): Query<ReadersQuery>,
) -> Result<Json<Readers>, HttpError> {
    let limit = limit.unwrap_or(MAX_READERS_PER_PAGE);
    Ok(Json(service.readers(&user, conversation, seq, after, limit).await?))
}

/// `GET /api/v1/conversations/{id}/readers`
pub async fn read_positions(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
) -> Result<Json<ReadPositions>, HttpError> {
    Ok(Json(service.read_positions(&user, id).await?))
}

/// `GET /api/v1/conversations/{id}/pins`
pub async fn pins(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
) -> Result<Json<Pins>, HttpError> {
    Ok(Json(service.pins(&user, id).await?))
}

/// Carries out a command, and answers it as the WebSocket does.
async fn execute(
    service: &Service,
    user: &User,
    from: &ClientAddress,
    request: Command,
) -> Result<Json<Ack>, HttpError> {
    let client_id = request.client_id();
    let done = service.execute(command(user, request)?, from).await?;
    Ok(Json(Ack { client_id, conversation: done.conversation, seq: done.seq, at: done.at }))
}
