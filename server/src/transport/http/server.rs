//! Information about the server itself.

use axum::{Json, extract::State};
use confab_shared::api::ServerInfo;

use crate::service::Service;

/// `GET /api/v1/server`
pub async fn info(State(service): State<Service>) -> Json<ServerInfo> {
    Json(ServerInfo { access: service.access(), version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// `GET /healthz`: the server can answer.
pub async fn health() -> &'static str {
    "ok"
}
