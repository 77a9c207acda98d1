//! The bus of a node that is alone: straight into the hub.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use confab_shared::ids::UserId;

use super::{Bus, Ended};
use crate::{
    hub::{Hub, Item},
    published::Published,
    store::Audience,
};

/// A bus with one node on it.
pub struct LocalBus {
    hub: Arc<Hub>,
}

impl LocalBus {
    /// A bus that ends in this hub.
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }
}

impl Bus for LocalBus {
    fn event(&self, published: Arc<Published>) {
        let item = Item::Event(Arc::clone(&published));
        self.hub.deliver(&published.committed.audience, &item);
    }

    fn signal(&self, audience: Audience, frame: Utf8Bytes) {
        self.hub.deliver(&audience, &Item::Signal(frame));
    }

    fn end(&self, user: UserId, which: Ended) {
        let session = match which {
            Ended::Session(session) => Some(session),
            Ended::WithoutSession => None,
        };
        self.hub.end(user, session);
    }
}
