//! The event log of a conversation.

use axum::{Json, extract::State};
use confab_shared::{
    api::EventPage,
    error::ErrorCode,
    id::{ConversationId, Seq},
};
use serde::Deserialize;

use super::{
    bearer::SignedInUser,
    extract::{Id, Query},
};
use crate::{
    service::{Service, error::Error},
    storage::Range,
    transport::error::HttpError,
};

/// The default number of events in a page.
const DEFAULT_LIMIT: usize = 50;

/// The query of a page of events: before or after a seq, the newest without either.
#[derive(Deserialize)]
pub struct Page {
    before: Option<Seq>,
    after: Option<Seq>,
    limit: Option<usize>,
}

/// `GET /api/v1/conversations/{id}/events`
pub async fn list(
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
