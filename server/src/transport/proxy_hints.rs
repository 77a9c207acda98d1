//! Log lines for who runs the server behind a reverse proxy that is not set up for it: each names the header that is
//! wrong and the flag that helps. Anybody can cause them, so each kind is logged once a minute at most.

use axum::http::{HeaderMap, HeaderName, header};
use confab_shared::error::ErrorCode;

use super::throttle::Throttle;
use crate::service::error::Error;

/// How much of a header is logged: it is somebody else's text.
const MAX_LOGGED_CHARS: usize = 200;

/// A request at `/ws` that is refused with this error.
pub fn no_handshake(error: &Error) {
    static KIND: Throttle = Throttle::new();
    if error.code == ErrorCode::UpgradeRequired && KIND.allow() {
        tracing::warn!(
            "a request for /ws came without the headers `Connection: upgrade` and `Upgrade: websocket`: where a reverse \
             proxy forwards to this server, it has to pass both on, or the page cannot connect"
        );
    }
}

/// A WebSocket that is refused for its `Origin`.
pub fn foreign_origin(headers: &HeaderMap) {
    static KIND: Throttle = Throttle::new();
    if KIND.allow() {
        tracing::warn!(
            origin = quoted(headers, header::ORIGIN),
            host = quoted(headers, header::HOST),
            "refused a WebSocket from a page of another site: its `Origin` header is not the `Host` header's site. Where \
             a reverse proxy forwards to this server, it has to keep the `Host` header; or name the site with \
             `--allow-origin`"
        );
    }
}

/// A request that is refused for its `Host`.
pub fn foreign_host(headers: &HeaderMap) {
    static KIND: Throttle = Throttle::new();
    if KIND.allow() {
        tracing::warn!(
            host = quoted(headers, header::HOST),
            "refused a request for a name that this server does not answer to: its `Host` header is no loopback name. \
             Where a reverse proxy forwards to this server, name the site with `--allow-origin`, such as \
             `--allow-origin https://chat.example`"
        );
    }
}

/// A header's value as a quoted string without control characters.
fn quoted(headers: &HeaderMap, name: HeaderName) -> String {
    let value = headers.get(name).map_or(&b""[..], |value| value.as_bytes());
    let text = String::from_utf8_lossy(value);
    format!("{:?}", text.chars().take(MAX_LOGGED_CHARS).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_logged_of_a_header_is_short_and_of_one_line() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "é\t\"x\"".parse().unwrap());
        headers.insert(header::ORIGIN, "a".repeat(1_000).parse().unwrap());
        assert_eq!(quoted(&headers, header::HOST), r#""é\t\"x\"""#);
        assert_eq!(quoted(&headers, header::ORIGIN).len(), MAX_LOGGED_CHARS + 2);
        assert_eq!(quoted(&headers, header::ACCEPT), r#""""#);
    }
}
