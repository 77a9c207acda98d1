//! The connections on this node, by user. Delivering never waits: a connection that cannot be told at once keeps what
//! it is told in a bounded queue of its own, and what happens when that is full concerns that connection alone.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use confab_shared::id::UserId;

use crate::{
    frame::Frame,
    id_map::IdMap,
    published::Published,
    store::{Audience, SecretHash},
};

/// How many items a connection may be behind.
pub const MAX_BEHIND: usize = 1_024;

/// How many bytes a connection may be behind. The bytes are shared between connections; the bound is for the case
/// that one lags alone.
pub const MAX_BYTES_BEHIND: usize = 1024 * 1024;

/// How many connections are told before others have their turn: some hundred microseconds of writing.
const TURN: usize = 64;

/// Something to tell a connection.
#[derive(Clone)]
pub enum Item {
    /// An event, written in the dialect that the connection speaks.
    Event(Arc<Published>),
    /// A signal in the native dialect; the demo's has none.
    Signal(Frame),
}

/// A connection, as the hub knows it.
pub trait Recipient: Send + Sync {
    /// Tells it, or remembers that it is to be told. Never waits.
    fn tell(&self, items: &[Item]);

    /// Ends it: its session is over.
    fn end(&self);
}

/// One connection's entry.
struct Entry {
    /// Tells connections of one user apart, so that one that ends late never takes away another's entry.
    id: u64,
    /// The session it belongs to; none in the demo's dialect.
    session: Option<SecretHash>,
    recipient: Arc<dyn Recipient>,
}

/// The connections on this node.
#[derive(Default)]
pub struct Hub {
    // Read for every event and written when somebody comes or goes: hence no mutex. Never held while waiting.
    users: RwLock<IdMap<UserId, Vec<Entry>>>,
    next_id: AtomicU64,
}

impl Hub {
    /// Enters a connection; it stays until the registration is dropped.
    pub fn register(
        self: &Arc<Self>,
        user: UserId,
        session: Option<SecretHash>,
        recipient: Arc<dyn Recipient>,
    ) -> Registration {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let entry = Entry { id, session, recipient };
        let mut users = self.users.write().unwrap_or_else(PoisonError::into_inner);
        // Most have one connection, and there may be many of them.
        users.entry(user).or_insert_with(|| Vec::with_capacity(1)).push(entry);
        Registration { hub: Arc::clone(self), user, id }
    }

    /// Tells every connection of the audience, all of it in one go; of many connections so many at a time that others
    /// need not wait. Who comes meanwhile finds in the store what they are not told here.
    pub async fn deliver(&self, audience: &Audience, items: &[Item]) {
        let recipients = self.recipients(audience);
        let mut turns = recipients.chunks(TURN).peekable();
        while let Some(turn) = turns.next() {
            turn.iter().for_each(|recipient| recipient.tell(items));
            if turns.peek().is_some() {
                // The store's writer may wait for this processor; the kernel alone would let it wait for milliseconds.
                std::thread::yield_now();
                tokio::task::yield_now().await;
            }
        }
    }

    /// Tells every connection of the audience, at once.
    pub fn signal(&self, audience: &Audience, frame: Frame) {
        let items = [Item::Signal(frame)];
        self.recipients(audience).iter().for_each(|recipient| recipient.tell(&items));
    }

    /// Ends the connections of a session, or those of a user that have none.
    pub fn end(&self, user: UserId, session: Option<SecretHash>) {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        for entry in users.get(&user).into_iter().flatten().filter(|entry| entry.session == session) {
            entry.recipient.end();
        }
    }

    fn recipients(&self, audience: &Audience) -> Vec<Arc<dyn Recipient>> {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        let recipient = |entry: &Entry| Arc::clone(&entry.recipient);
        match audience {
            Audience::Everyone => users.values().flatten().map(recipient).collect(),
            Audience::Users(ids) => {
                ids.iter().filter_map(|id| users.get(id)).flatten().map(recipient).collect()
            }
        }
    }
}

/// A connection's place in the hub. Dropping it takes the connection out, however the connection ended: an entry
/// without a connection behind it cannot exist.
pub struct Registration {
    hub: Arc<Hub>,
    user: UserId,
    id: u64,
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
