//! The id of a connection: its lines of the log have it, and so have the `error` frames that its client gets.

use std::{
    fmt,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use serde::{Serialize, Serializer};
use tracing::Span;

/// Identifies a connection in the log. Two connections of a process have the same id only after four thousand
/// million others; the first one is random, so that ids of different nodes and runs rarely coincide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionId(u32);

impl ConnectionId {
    /// The id of a new connection.
    pub fn next() -> Self {
        // Without random bytes, ids of two processes may be equal.
        static NEXT: LazyLock<AtomicU32> =
            LazyLock::new(|| AtomicU32::new(getrandom::u32().unwrap_or_default()));
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The span of what the connection does. It is made where something may be logged, and not for the whole task of a
    /// WebSocket: a span takes half a KiB, and entering it at every wakeup a tenth of a microsecond.
    pub fn span(self) -> Span {
        tracing::info_span!("connection", id = %self)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl Serialize for ConnectionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
