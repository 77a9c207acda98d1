//! What people do. The only layer that joins policy, store and bus: `http` and `ws` call it and answer, and know
//! nothing of what is behind it.

mod accounts;
mod conversations;
pub mod legacy;
mod messages;
mod presence;
mod publisher;
mod welcome;

use std::sync::Arc;

use confab_shared::api::Access;

pub use self::messages::{Posted, Posting, message};
pub use self::presence::Here;
pub use self::publisher::{QUEUE, publish};
use crate::{bus::Bus, store::Store};

/// The handle of it all: cheap to clone.
#[derive(Clone)]
pub struct Chat(Arc<Parts>);

struct Parts {
    access: Access,
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    presence: presence::Presences,
}

impl Chat {
    /// Joins the parts.
    pub fn new(access: Access, store: Arc<dyn Store>, bus: Arc<dyn Bus>) -> Self {
        Self(Arc::new(Parts { access, store, bus, presence: presence::Presences::default() }))
    }

    /// Who may come in.
    pub fn access(&self) -> Access {
        self.0.access
    }

    fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    fn bus(&self) -> &dyn Bus {
        &*self.0.bus
    }
}
