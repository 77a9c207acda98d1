//! Refuses what was asked of a name that is not ours: see [`AllowedOrigins::answer_to`].

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use confab_shared::error::ErrorCode;

use crate::{
    service::error::Error,
    transport::{error::HttpError, origin::AllowedOrigins, proxy_hints},
};

/// What somebody reads who opened such a name. Fixed text: nothing of the request is in it.
const PAGE: &str = include_str!("host/refused.html");

/// The page's style. The content security policy allows none inside the page.
const STYLE: &str = include_str!("host/refused.css");
const STYLE_PATH: &str = "/refused.css";

/// Lets a request through, or answers 403.
pub async fn check(State(origins): State<Arc<AllowedOrigins>>, request: Request, next: Next) -> Response {
    if origins.answer_to(request.headers()) {
        return next.run(request).await;
    }
    if request.uri().path() == STYLE_PATH {
        return ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response();
    }
    proxy_hints::foreign_host(request.headers());
    if matches!(*request.method(), Method::GET | Method::HEAD) && wants_page(request.headers()) {
        return (StatusCode::FORBIDDEN, [(header::CACHE_CONTROL, "no-store")], Html(PAGE)).into_response();
    }
    let sentence =
        "This server does not answer to the name in the Host header: name the site with --allow-origin.";
    HttpError(Error::new(ErrorCode::ForeignOrigin, sentence)).into_response()
}

/// Whether a browser asks for something to show.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}
