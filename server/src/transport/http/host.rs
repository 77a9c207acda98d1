//! Refuses requests for foreign host names: see [`AllowedOrigins::allows_host`]; and those that do not say for which host
//! they are, or say it twice.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, Version, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use confab_shared::error::ErrorCode;

use crate::{
    domain::client_address::ClientAddress,
    service::error::Error,
    transport::{
        error::HttpError,
        origin::{AllowedOrigins, Host, host_of},
        proxy_hints,
    },
};

/// The page that explains the refusal in a browser. It is fixed: nothing of the request is in it.
const PAGE: &str = include_str!("host/refused.html");

/// The page's style sheet. The content security policy allows no style inside the page.
const STYLE: &str = include_str!("host/refused.css");
const STYLE_PATH: &str = "/refused.css";

/// Passes a request on, or answers 400 or 403.
pub async fn check(State(origins): State<Arc<AllowedOrigins>>, request: Request, next: Next) -> Response {
    // HTTP/1.0 has no Host header yet: some probes speak it. A browser never does.
    if request.version() == Version::HTTP_10 && !request.headers().contains_key(header::HOST) {
        return next.run(request).await;
    }
    let Some(host) = host_of(request.headers()).filter(|host| is_target(request.uri(), host)) else {
        let sentence = "A request has to name its host once, in the Host header.";
        return HttpError(Error::new(ErrorCode::BadRequest, sentence)).into_response();
    };
    let client = request.extensions().get::<ClientAddress>();
    if origins.allows_host(&host, client.is_some_and(ClientAddress::is_loopback)) {
        return next.run(request).await;
    }
    if request.uri().path() == STYLE_PATH {
        return ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE).into_response();
    }
    proxy_hints::log_foreign_host(&request);
    if matches!(*request.method(), Method::GET | Method::HEAD) && wants_page(request.headers()) {
        return (StatusCode::FORBIDDEN, [(header::CACHE_CONTROL, "no-store")], Html(PAGE)).into_response();
    }
    let sentence =
        "This server does not answer to the name in the Host header: name the site with --public-url.";
    HttpError(Error::new(ErrorCode::ForeignOrigin, sentence)).into_response()
}

/// Whether a request's target names no other host than its `Host` header (RFC 9112, 3.2.2).
fn is_target(target: &Uri, host: &Host) -> bool {
    target.authority().is_none_or(|authority| Host::parse(authority.as_str()).as_ref() == Some(host))
}

/// Whether the client accepts HTML, as a browser that opens a page does.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}
