//! The event log of a conversation.

use axum::{Json, extract::State};
use confab_shared::{api::EventPage, id::ConversationId};

use super::{
    bearer::SignedInUser,
    extract::{Id, Query},
    page::Page,
};
use crate::{service::Service, transport::error::HttpError};

/// `GET /api/v1/conversations/{id}/events`
pub async fn list(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Id(id): Id<ConversationId>,
    Query(page): Query<Page>,
) -> Result<Json<EventPage>, HttpError> {
    Ok(Json(service.history(&user, id, page.range()?, page.limit()).await?))
}
