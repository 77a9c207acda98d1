//! The bus of a node that is alone: straight into the hub.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;

use super::{Bus, Published};
use crate::{
    hub::{Hub, Item},
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
}
