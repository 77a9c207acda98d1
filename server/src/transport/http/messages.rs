//! Messages and the event log of a conversation.

use axum::{Json, extract::State, http::StatusCode};
use confab_shared::{
    api::EventPage,
    command::Send,
    error::ErrorCode,
    id::{ConversationId, Seq},
    protocol::Ack,
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    extract::{Body, Id, Query},
};
use crate::{
    service::{Service, command, error::Error},
    storage::Range,
    transport::error::HttpError,
};

/// The default number of events in a page.
const DEFAULT_LIMIT: usize = 50;

/// `POST /api/v1/conversations/{id}/messages`
pub async fn send(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(conversation): Id<ConversationId>,
    Body(send): Body<Send>,
) -> Result<(StatusCode, Json<Ack>), HttpError> {
    let client_id = send.client_id;
    let posted = service.execute(command(&user, Send { conversation, ..send }.into())?).await?;
    let ack = Ack { client_id, conversation, seq: posted.seq, at: posted.at };
    Ok((StatusCode::CREATED, Json(ack)))
}

/// The query of a page of events: before or after a seq, the newest without either.
#[derive(Deserialize)]
pub struct Page {
    before: Option<Seq>,
    after: Option<Seq>,
    limit: Option<usize>,
}

/// `GET /api/v1/conversations/{id}/events`
pub async fn events(
    State(service): State<Service>,
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
    Ok(Json(service.history(&user, id, range, page.limit.unwrap_or(DEFAULT_LIMIT)).await?))
}
