//! About the server itself.

use axum::{Json, extract::State};
use confab_shared::api::ServerInfo;

use crate::chat::Chat;

/// `GET /api/v1/server`
pub(super) async fn info(State(chat): State<Chat>) -> Json<ServerInfo> {
    Json(ServerInfo { access: chat.access(), version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// `GET /healthz`: up, and able to answer.
pub(super) async fn health() -> &'static str {
    "ok"
}
