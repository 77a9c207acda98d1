//! Log lines about reverse proxies that are misconfigured: each names the wrong header and the flag that helps. Any
//! client can cause them, so each kind is logged at most once a minute. A foreign `Origin` or `Host` may also be an attack:
//! those lines are part of the security log.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, header},
};
use confab_shared::error::ErrorCode;

use crate::{domain::client_address::ClientAddress, service::error::Error, throttle::Throttle};

/// The maximum of a header's characters that is logged: clients choose its length.
const MAX_LOGGED_CHARS: usize = 200;

/// Logs a request for `/ws` that is no upgrade.
pub fn log_missing_upgrade(error: &Error) {
    static THROTTLE: Throttle = Throttle::new();
    if error.code == ErrorCode::UpgradeRequired
        && let Some(suppressed) = THROTTLE.pass()
    {
        tracing::warn!(
            "refused a request for /ws: the headers `Connection: upgrade` and `Upgrade: websocket` are missing. \
             Where a reverse proxy forwards to this server, it has to forward both, or the page cannot connect{suppressed}"
        );
    }
}

/// Logs a request that is refused for its `Origin`.
pub fn log_foreign_origin(request: &Request) {
    static THROTTLE: Throttle = Throttle::new();
    if let Some(suppressed) = THROTTLE.pass() {
        tracing::warn!(
            target: "security",
            address = address(request),
            origin = quoted(request.headers(), header::ORIGIN),
            host = quoted(request.headers(), header::HOST),
            "refused a request from a page of another site: its `Origin` header is not the origin of its `Host` header. \
             Where a reverse proxy forwards to this server, it has to keep the `Host` header; or name the site with \
             `--allow-origin`{suppressed}"
        );
    }
}

/// Logs a request that is refused for its `Host`.
pub fn log_foreign_host(request: &Request) {
    static THROTTLE: Throttle = Throttle::new();
    if let Some(suppressed) = THROTTLE.pass() {
        tracing::warn!(
            target: "security",
            address = address(request),
            host = quoted(request.headers(), header::HOST),
            "refused a request for a name that this server does not answer to, in its `Host` header. If people reach the \
             server under this name, start it with `--public-url`, such as `--public-url https://chat.example`; \
             `--allow-origin` names further sites{suppressed}"
        );
    }
}

/// The address of a request's client; empty where the listener did not find it.
fn address(request: &Request) -> String {
    request.extensions().get::<ClientAddress>().map(|client| client.ip.to_string()).unwrap_or_default()
}

/// A header's value, quoted, shortened and without control characters.
fn quoted(headers: &HeaderMap, name: HeaderName) -> String {
    let value = headers.get(name).map_or(&b""[..], |value| value.as_bytes());
    let text = String::from_utf8_lossy(value);
    format!("{:?}", text.chars().take(MAX_LOGGED_CHARS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logged_header_is_short_and_on_one_line() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "é\t\"x\"".parse().unwrap());
        headers.insert(header::ORIGIN, "a".repeat(1_000).parse().unwrap());
        assert_eq!(quoted(&headers, header::HOST), r#""é\t\"x\"""#);
        assert_eq!(quoted(&headers, header::ORIGIN).len(), MAX_LOGGED_CHARS + 2);
        assert_eq!(quoted(&headers, header::ACCEPT), r#""""#);
    }
}
