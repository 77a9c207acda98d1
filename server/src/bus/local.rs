//! The bus of a node that is alone: straight into the hub.

use std::sync::Arc;

use async_trait::async_trait;
use confab_shared::id::UserId;

use super::{Bus, Ended};
use crate::{
    frame::Frame,
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

#[async_trait]
impl Bus for LocalBus {
    async fn events(&self, audience: &Audience, events: Vec<Arc<Published>>) {
        let items: Vec<_> = events.into_iter().map(Item::Event).collect();
        self.hub.deliver(audience, &items).await;
    }

    fn signal(&self, audience: Audience, frame: Frame) {
        self.hub.signal(&audience, frame);
    }

    fn end(&self, user: UserId, which: Ended) {
        let session = match which {
            Ended::Session(session) => Some(session),
            Ended::WithoutSession => None,
        };
        self.hub.end(user, session);
    }
}
