//! How nodes tell each other. What goes over the bus are hints: the store is the truth, and who misses a hint finds
//! the event there. To add a bus: implement [`Bus`], and hand what arrives to this node's hub.

pub mod local;

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use confab_shared::ids::UserId;

pub use self::local::LocalBus;
use crate::{
    published::Published,
    store::{Audience, SecretHash},
};

/// Which connections of a user are over.
#[derive(Clone, Copy, Debug)]
pub enum Ended {
    /// Those of a session that was signed out.
    Session(SecretHash),
    /// Those without any, of the demo's dialect: somebody holds the name now.
    WithoutSession,
}

/// Tells connections on every node.
pub trait Bus: Send + Sync + 'static {
    /// Tells of an event, in the order of the calls.
    fn event(&self, published: Arc<Published>);

    /// Tells a signal, a native frame.
    fn signal(&self, audience: Audience, frame: Utf8Bytes);

    /// Ends connections.
    fn end(&self, user: UserId, which: Ended);
}
