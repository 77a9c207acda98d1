//! Use cases: the only layer that joins domain, storage and realtime. `transport` calls it and answers.

mod accounts;
mod commands;
mod conversations;
pub mod error;
mod history;
pub mod legacy;
mod messages;
mod password;
mod presence;
pub mod token;
mod welcome;

use std::sync::Arc;

use confab_shared::api::Access;

use self::password::Passwords;
pub use self::{
    commands::{CommandAnswer, PendingCommands, command},
    presence::PresenceGuard,
};
use crate::{
    realtime::{bus::Bus, presence::ConnectionCounts},
    storage::Storage,
};

/// The handle of all use cases: cheap to clone.
#[derive(Clone)]
pub struct Service(Arc<Parts>);

struct Parts {
    access: Access,
    storage: Arc<dyn Storage>,
    bus: Arc<dyn Bus>,
    connections: ConnectionCounts,
    passwords: Passwords,
}

impl Service {
    /// Joins the parts.
    pub fn new(access: Access, storage: Arc<dyn Storage>, bus: Arc<dyn Bus>) -> Self {
        let (connections, passwords) = (ConnectionCounts::default(), Passwords::default());
        Self(Arc::new(Parts { access, storage, bus, connections, passwords }))
    }

    /// Who may sign in.
    pub fn access(&self) -> Access {
        self.0.access
    }

    fn storage(&self) -> &dyn Storage {
        &*self.0.storage
    }

    fn bus(&self) -> &dyn Bus {
        &*self.0.bus
    }
}
