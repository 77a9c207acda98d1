//! Refuses requests of other sites' pages: see [`AllowedOrigins::allows_origin`]. A browser sends some of them without asking
//! first, and only keeps the answer from the page.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use confab_shared::error::ErrorCode;

use crate::transport::{error::HttpError, origin::AllowedOrigins, proxy_hints};

/// Passes a request on, or answers 403.
pub async fn check(State(origins): State<Arc<AllowedOrigins>>, request: Request, next: Next) -> Response {
    if origins.allows_origin(request.headers()) {
        return next.run(request).await;
    }
    proxy_hints::log_foreign_origin(&request);
    HttpError::from(ErrorCode::ForeignOrigin).into_response()
}
