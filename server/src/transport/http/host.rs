//! Refuses requests for foreign host names: see [`AllowedOrigins::allows_host`].

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

/// The page that explains the refusal in a browser. It is fixed: nothing of the request is in it.
const PAGE: &str = include_str!("host/refused.html");

/// The page's style sheet. The content security policy allows no style inside the page.
const STYLE: &str = include_str!("host/refused.css");
const STYLE_PATH: &str = "/refused.css";

/// Passes a request on, or answers 403.
pub async fn check(State(origins): State<Arc<AllowedOrigins>>, request: Request, next: Next) -> Response {
    if origins.allows_host(request.headers()) {
        return next.run(request).await;
    }
    if request.uri().path() == STYLE_PATH {
        return ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response();
    }
    proxy_hints::log_foreign_host(request.headers());
    if matches!(*request.method(), Method::GET | Method::HEAD) && wants_page(request.headers()) {
        return (StatusCode::FORBIDDEN, [(header::CACHE_CONTROL, "no-store")], Html(PAGE)).into_response();
    }
    let sentence =
        "This server does not answer to the name in the Host header: name the site with --allow-origin.";
    HttpError(Error::new(ErrorCode::ForeignOrigin, sentence)).into_response()
}

/// Whether the client accepts HTML, as a browser that opens a page does.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}
