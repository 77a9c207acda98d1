//! The connections on this node, by user. Delivering never waits: every connection has a queue of its own
//! ([`outbox`]), and what happens when that is full concerns that connection alone.

pub mod outbox;

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use confab_shared::ids::UserId;

pub use self::outbox::{Item, Outbox};
use crate::store::{Audience, SecretHash};

/// One connection's entry.
struct Entry {
    /// Tells connections of one user apart, so that one that ends late never takes away another's entry.
    id: u64,
    /// The session it belongs to; none in the demo's dialect.
    session: Option<SecretHash>,
    outbox: Arc<Outbox>,
}

/// The connections on this node.
#[derive(Default)]
pub struct Hub {
    // Read for every event, written when somebody comes or goes: hence no mutex. Never held while waiting.
    users: RwLock<HashMap<UserId, Vec<Entry>>>,
    next_id: AtomicU64,
}

impl Hub {
    /// Enters a connection; it stays until the registration is dropped.
    pub fn register(self: &Arc<Self>, user: UserId, session: Option<SecretHash>) -> Registration {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let outbox = Arc::new(Outbox::default());
        let entry = Entry { id, session, outbox: Arc::clone(&outbox) };
        self.users.write().unwrap_or_else(PoisonError::into_inner).entry(user).or_default().push(entry);
        Registration { hub: Arc::clone(self), user, id, outbox }
    }

    /// Puts something into the queue of every connection of the audience.
    pub fn deliver(&self, audience: &Audience, item: &Item) {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        let push = |entries: &Vec<Entry>| entries.iter().for_each(|entry| entry.outbox.push(item.clone()));
        match audience {
            Audience::Everyone => users.values().for_each(push),
            Audience::Users(ids) => ids.iter().filter_map(|id| users.get(id)).for_each(push),
        }
    }

    /// Ends the connections of a session, or those of a user that have none.
    pub fn end(&self, user: UserId, session: Option<SecretHash>) {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        for entry in users.get(&user).into_iter().flatten().filter(|entry| entry.session == session) {
            entry.outbox.close();
        }
    }
}

/// A connection's place in the hub. Dropping it takes the connection out, however the connection ended: an entry
/// without a connection behind it cannot exist.
pub struct Registration {
    hub: Arc<Hub>,
    user: UserId,
    id: u64,
    outbox: Arc<Outbox>,
}

impl Registration {
    /// The connection's queue.
    pub fn outbox(&self) -> &Arc<Outbox> {
        &self.outbox
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut users = self.hub.users.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(entries) = users.get_mut(&self.user) {
            entries.retain(|entry| entry.id != self.id);
            if entries.is_empty() {
                users.remove(&self.user);
            }
        }
    }
}
