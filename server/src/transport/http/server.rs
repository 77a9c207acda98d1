//! Information about the server itself, and its settings.

use axum::{Json, extract::State};
use confab_shared::api::{ServerInfo, Settings};

use super::{bearer::SignedInUser, extract::Body};
use crate::{service::Service, transport::error::HttpError};

/// `GET /api/v1/server`
pub async fn info(State(service): State<Service>) -> Result<Json<ServerInfo>, HttpError> {
    Ok(Json(service.server_info().await?))
}

/// `GET /api/v1/settings`
pub async fn settings(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
) -> Result<Json<Settings>, HttpError> {
    Ok(Json(service.settings(&user).await?))
}

/// `PATCH /api/v1/settings`
pub async fn change_settings(
    State(service): State<Service>,
    SignedInUser { user, .. }: SignedInUser,
    Body(change): Body<Settings>,
) -> Result<Json<Settings>, HttpError> {
    Ok(Json(service.change_settings(&user, change).await?))
}
