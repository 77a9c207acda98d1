//! Finding users by name.

use axum::{Json, extract::State};
use confab_shared::api::Users;
use serde::Deserialize;

use super::{bearer::SignedInUser, extract::Query};
use crate::{service::Service, transport::error::HttpError};

/// The query of a search for users.
#[derive(Deserialize)]
pub struct Find {
    #[serde(default)]
    query: String,
}

/// `GET /api/v1/users`
pub async fn find(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Query(find): Query<Find>,
) -> Result<Json<Users>, HttpError> {
    Ok(Json(service.find_users(&user, &find.query).await?))
}
