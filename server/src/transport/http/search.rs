//! Search.

use axum::{Json, extract::State};
use confab_shared::{
    api::{HITS_PER_PAGE, SearchPage},
    error::ErrorCode,
};
use serde::Deserialize;

use super::{bearer::SignedInUser, extract::Query};
use crate::{
    service::{SearchRequest, Service},
    transport::error::HttpError,
};

/// What is searched for.
#[derive(Deserialize)]
pub struct SearchParameters {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
    limit: Option<usize>,
    utc_offset: Option<i32>,
}

/// `GET /api/v1/search`
pub async fn search(
    State(service): State<Service>,
    SignedInUser { user, from, .. }: SignedInUser,
    Query(SearchParameters { q, cursor, limit, utc_offset }): Query<SearchParameters>,
) -> Result<Json<SearchPage>, HttpError> {
    let cursor = cursor.map(|cursor| cursor.parse()).transpose().map_err(|_| ErrorCode::BadCursor)?;
    let (limit, utc_offset) = (limit.unwrap_or(HITS_PER_PAGE), utc_offset.unwrap_or(0));
    let request = SearchRequest { query: q, cursor, limit, utc_offset };
    Ok(Json(service.search(&from, &user, request).await?))
}
