//! How nodes tell each other. What goes over the bus are hints: the store is the truth, and who misses a hint finds
//! the event there. To add a bus: implement [`Bus`], and hand what arrives to this node's hub.

pub mod local;

use std::sync::Arc;

use async_trait::async_trait;
use confab_shared::id::UserId;

pub use self::local::LocalBus;
use crate::{
    frame::Frame,
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
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Tells of events that follow each other, all for one audience. Calls come one after the other.
    async fn events(&self, audience: &Audience, events: Vec<Arc<Published>>);

    /// Tells a signal, a native frame.
    fn signal(&self, audience: Audience, frame: Frame);

    /// Ends connections.
    fn end(&self, user: UserId, which: Ended);
}
