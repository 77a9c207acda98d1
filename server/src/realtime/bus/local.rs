//! The bus of a single node: it delivers directly to the hub.

use std::sync::Arc;

use async_trait::async_trait;
use confab_shared::{id::UserId, user::User};

use super::{Bus, EndedConnections, Signal};
use crate::{
    domain::{audience::Audience, sign_in::SecretHash},
    realtime::{
        hub::{Hub, Item},
        published::PublishedEvent,
    },
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
    async fn events(&self, audience: &Audience, events: Vec<Arc<PublishedEvent>>) {
        let items: Vec<_> = events.into_iter().map(Item::Event).collect();
        self.hub.deliver(audience, &items).await;
    }

    async fn signal(&self, signal: Signal) {
        self.hub.signal(&signal.audience, signal.frame);
    }

    fn set_user(&self, user: &User) {
        self.hub.set_user(user);
    }

    fn connected_sessions(&self) -> Vec<SecretHash> {
        self.hub.sessions()
    }

    fn end(&self, user: UserId, connections: EndedConnections) {
        self.hub.end(user, |session| connections.contains(session));
    }
}
