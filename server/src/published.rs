//! An event, ready to be told: what goes over the bus and into the hub's queues.

use axum::extract::ws::Utf8Bytes;

use crate::store::Committed;

/// An event, serialised once for all who speak the native dialect.
pub struct Published {
    /// The event and whom it concerns.
    pub committed: Committed,
    /// The native frame.
    pub native: Utf8Bytes,
}
