//! Headers of all responses, or of all of one kind.

use axum::http::{HeaderName, HeaderValue, header};
use tower_http::set_header::SetResponseHeaderLayer;

/// The page may load from and connect to this server only, and run scripts and wasm of this server; nothing inline. It shows
/// files that it is about to send, too (`blob:`).
/// See <https://www.w3.org/TR/CSP3/>.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// What no page of Confab uses, nor anything that it might show in a frame. Voice messages take the microphone.
/// See <https://www.w3.org/TR/permissions-policy/>.
const PERMISSIONS_POLICY: &str = "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), \
     gyroscope=(), magnetometer=(), microphone=(self), midi=(), payment=(), usb=()";

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

/// The headers of every response: content security policy, no content sniffing, no referrer, no framing, no sharing with
/// pages of other sites, no use of the device.
pub fn security() -> [SetResponseHeaderLayer<HeaderValue>; 7] {
    [
        // Files have a stricter one of their own.
        SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ),
        header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        header(header::REFERRER_POLICY, "no-referrer"),
        header(header::X_FRAME_OPTIONS, "DENY"),
        header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        header(HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
    ]
}

/// The header of all responses over TLS: for a year, browsers ask for this host name over HTTPS only (RFC 6797).
pub fn https_only() -> SetResponseHeaderLayer<HeaderValue> {
    header(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000")
}

/// The header of the API's responses, which are personal: no cache may store them.
pub fn no_store() -> SetResponseHeaderLayer<HeaderValue> {
    header(header::CACHE_CONTROL, "no-store")
}
