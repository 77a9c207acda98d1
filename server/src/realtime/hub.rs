//! The connections on this node, by user. Delivery never blocks: what a connection cannot write at once waits in
//! its own bounded queue, and a full queue affects only that connection.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use confab_shared::{id::UserId, user::User};

use rustc_hash::FxHashMap;

use super::published::PublishedEvent;
use crate::{
    domain::{audience::Audience, sign_in::SecretHash},
    metrics::METRICS,
    websocket::frame::Frame,
};

/// The most items that wait for one connection.
pub const MAX_PENDING_ITEMS: usize = 1_024;

/// The most bytes that wait for one connection. The bytes are shared between connections; the bound is for the case that
/// one lags alone.
pub const MAX_PENDING_BYTES: usize = 1024 * 1024;

/// How many connections are delivered to before other tasks have their turn: some hundred microseconds of writing.
const CHUNK: usize = 64;

/// What is delivered to a connection.
#[derive(Clone)]
pub enum Item {
    /// An event, written in the dialect that the connection speaks.
    Event(Arc<PublishedEvent>),
    /// A signal in the native dialect; the demo's has none.
    Signal(Frame),
}

/// A connection, as the hub knows it.
pub trait Subscriber: Send + Sync {
    /// Writes items to its peer, or queues them. Never blocks.
    fn deliver(&self, items: &[Item]);

    /// Has it act as its user is now. Users of the demo's dialect do not change.
    fn set_user(&self, _user: &User) {}

    /// Ends it: its session is over.
    fn end(&self);
}

/// One connection's entry.
struct Entry {
    /// Tells connections of one user apart, so that one that ends late never takes away another's entry.
    id: u64,
    /// The session it belongs to; none in the demo's dialect.
    session: Option<SecretHash>,
    subscriber: Arc<dyn Subscriber>,
}

/// The connections on this node.
#[derive(Default)]
pub struct Hub {
    // An RwLock: read for every event, written when a connection begins or ends. Never held across an await.
    users: RwLock<FxHashMap<UserId, Vec<Entry>>>,
    next_id: AtomicU64,
}

impl Hub {
    /// Adds a connection; it stays until the registration is dropped.
    pub fn register(
        self: &Arc<Self>,
        user: UserId,
        session: Option<SecretHash>,
        subscriber: Arc<dyn Subscriber>,
    ) -> Registration {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let entry = Entry { id, session, subscriber };
        let mut users = self.users.write().unwrap_or_else(PoisonError::into_inner);
        // Most users have one connection, and there may be many users.
        users.entry(user).or_insert_with(|| Vec::with_capacity(1)).push(entry);
        Registration { hub: Arc::clone(self), user, id }
    }

    /// Delivers items to every connection of the audience, yielding between chunks of connections. A connection that is
    /// added meanwhile finds the events in its welcome.
    pub async fn deliver(&self, audience: &Audience, items: &[Item]) {
        let subscribers = self.subscribers(audience);
        METRICS.deliveries.inc_by((subscribers.len() * items.len()) as u64);
        let mut turns = subscribers.chunks(CHUNK).peekable();
        while let Some(turn) = turns.next() {
            turn.iter().for_each(|subscriber| subscriber.deliver(items));
            if turns.peek().is_some() {
                // The writer's thread may wait for this processor; the kernel alone would let it wait for milliseconds.
                std::thread::yield_now();
                tokio::task::yield_now().await;
            }
        }
    }

    /// Delivers a signal to every connection of the audience, without yielding.
    pub fn signal(&self, audience: &Audience, frame: Frame) {
        let items = [Item::Signal(frame)];
        let subscribers = self.subscribers(audience);
        METRICS.deliveries.inc_by(subscribers.len() as u64);
        subscribers.iter().for_each(|subscriber| subscriber.deliver(&items));
    }

    /// Has every connection of a user act as the user is now.
    pub fn set_user(&self, user: &User) {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        users.get(&user.id).into_iter().flatten().for_each(|entry| entry.subscriber.set_user(user));
    }

    /// The sessions of all connections.
    pub fn sessions(&self) -> Vec<SecretHash> {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        users.values().flatten().filter_map(|entry| entry.session).collect()
    }

    /// The users who have a connection, with its session; without one in the demo's dialect.
    pub fn users_by_session(&self) -> Vec<(UserId, Option<SecretHash>)> {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        users.iter().flat_map(|(user, entries)| entries.iter().map(|entry| (*user, entry.session))).collect()
    }

    /// Ends connections of a user, by their session; those of the demo's dialect have none.
    pub fn end(&self, user: UserId, ends: impl Fn(Option<SecretHash>) -> bool) {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        for entry in users.get(&user).into_iter().flatten().filter(|entry| ends(entry.session)) {
            entry.subscriber.end();
        }
    }

    fn subscribers(&self, audience: &Audience) -> Vec<Arc<dyn Subscriber>> {
        let users = self.users.read().unwrap_or_else(PoisonError::into_inner);
        let subscriber = |entry: &Entry| Arc::clone(&entry.subscriber);
        match audience {
            Audience::Everyone => users.values().flatten().map(subscriber).collect(),
            Audience::Users(ids) => {
                ids.iter().filter_map(|id| users.get(id)).flatten().map(subscriber).collect()
            }
        }
    }
}

/// A connection's entry in the hub. Dropping it removes the entry, in any way that the connection ended: an entry without
/// a connection cannot exist.
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
