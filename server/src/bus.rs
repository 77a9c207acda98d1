//! How nodes tell each other. What goes over the bus are hints: the store is the truth, and who misses a hint finds
//! the event there. To add a bus: implement [`Bus`], and hand what arrives to this node's hub.

pub mod local;

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;

pub use self::local::LocalBus;
use crate::store::{Audience, Committed};

/// An event, ready to be told: serialised once for all who speak the native dialect.
pub struct Published {
    /// The event and whom it concerns.
    pub committed: Committed,
    /// The native frame.
    pub native: Utf8Bytes,
}

/// Tells connections on every node.
pub trait Bus: Send + Sync + 'static {
    /// Tells of an event, in the order of the calls.
    fn event(&self, published: Arc<Published>);

    /// Tells a signal, a native frame.
    fn signal(&self, audience: Audience, frame: Utf8Bytes);
}
