//! HTTP: the route table, and what every answer has in common. Routes extract, call chat, and answer.

mod assets;
mod bearer;
mod conversations;
mod error;
mod headers;
mod host;
pub mod listen;
pub mod metered;
mod server;
mod sessions;
mod timed_body;
mod users;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRef},
    middleware::from_fn_with_state,
    routing::{delete, get, post},
};
use confab_shared::protocol::MAX_FRAME_BYTES;

pub use self::error::HttpError;
use crate::{chat::Chat, ws, ws::Connections};

impl FromRef<Connections> for Chat {
    fn from_ref(connections: &Connections) -> Self {
        connections.chat.clone()
    }
}

/// Everything that the server answers.
pub fn router(connections: Connections) -> Router {
    let api = Router::new()
        .route("/server", get(server::info))
        .route("/sessions", post(sessions::sign_in))
        .route("/session", delete(sessions::sign_out))
        .route("/users", get(users::find))
        .route("/conversations", post(conversations::begin))
        .route("/conversations/{id}", get(conversations::one).patch(conversations::rename))
        .route("/conversations/{id}/events", get(conversations::events))
        .route("/conversations/{id}/members", get(conversations::members).post(conversations::add_members))
        .route("/conversations/{id}/leave", post(conversations::leave))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::other_method)
        .layer(headers::never_stored())
        .layer(DefaultBodyLimit::max(MAX_FRAME_BYTES));
    Router::new()
        .nest("/api/v1", api)
        .route("/ws", get(ws::upgrade).post(ws::upgrade))
        .route("/healthz", get(server::health))
        .method_not_allowed_fallback(error::other_method)
        .fallback(assets::serve)
        .layer(from_fn_with_state(connections.clone(), host::check))
        .layer(headers::for_every_answer())
        .with_state(connections)
}
