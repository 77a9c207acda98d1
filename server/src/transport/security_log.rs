//! Lines of the security log (`tracing` target `security`) that are no hints for a proxy: who was refused, with the
//! client's address and without secrets. A name is not logged either: people mistake its field for that of the password.
//! Any client can cause them, so each kind is logged at most once a minute.

use std::net::IpAddr;

use confab_shared::error::ErrorCode;

use crate::{service::error::Error, throttle::Throttle};

/// Logs a sign-in that is refused. Refusals over a rate limit have a line of their own, and mistyped names none.
pub fn log_refused_sign_in(error: &Error, address: IpAddr) {
    static THROTTLE: Throttle = Throttle::new();
    let by_text = matches!(error.code, ErrorCode::BadName | ErrorCode::TextEmpty | ErrorCode::TextTooLong);
    if error.code == ErrorCode::RateLimited || by_text {
        return;
    }
    if let Some(suppressed) = THROTTLE.pass() {
        let code = error.code;
        tracing::info!(target: "security", %address, ?code, "refused a sign-in{suppressed}");
    }
}

/// Logs a WebSocket that is refused since there are as many as there may be.
pub fn log_refused_connection(error: &Error, address: IpAddr) {
    static THROTTLE: Throttle = Throttle::new();
    if error.code == ErrorCode::TooManyConnections
        && let Some(suppressed) = THROTTLE.pass()
    {
        let reason = &error.message;
        tracing::warn!(target: "security", %address, "refused a WebSocket: {reason}{suppressed}");
    }
}
