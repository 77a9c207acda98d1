//! The connection to the server: the task that owns the WebSocket, the task that fetches over HTTP, and the banner that
//! shows while the server is out of reach.

mod backoff;
pub(crate) mod banner;
pub(crate) mod fetcher;
mod liveness;
pub(crate) mod socket_task;
mod upgrade_probe;

pub(crate) use self::upgrade_probe::UpgradeProbe;
use crate::{platform::browser::document, state::Connection};

/// Publishes the connection state as `data-connection` on the body, for style sheets and tests.
pub(crate) fn set_connection_attribute(connection: Option<Connection>) {
    let value = match connection {
        Some(Connection::Connecting) => "connecting",
        Some(Connection::Online) => "online",
        Some(Connection::Offline | Connection::NoNetwork) | None => "offline",
    };
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-connection", value);
    }
}
