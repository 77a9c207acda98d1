//! Refuses what was asked of a name that is not ours: see [`crate::ws::AllowedOrigins::answer_to`].

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use confab_shared::protocol::ErrorCode;

use super::HttpError;
use crate::ws::Connections;

/// Lets a request through, or answers 403.
pub(super) async fn check(State(connections): State<Connections>, request: Request, next: Next) -> Response {
    if connections.origins.answer_to(request.headers()) {
        next.run(request).await
    } else {
        HttpError::from(ErrorCode::ForeignOrigin).into_response()
    }
}
