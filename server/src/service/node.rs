//! What a node of a cluster has: the bus, and what its users are attached with.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak, atomic::AtomicBool},
};

use confab_shared::id::UserId;
use tokio::sync::OnceCell;

use crate::{
    domain::cluster::NodeId,
    realtime::bus::nats::{Attachment, NatsBus},
};

/// How many users may have their presence written at once.
const SHARDS: usize = 64;

/// This node's part in a cluster.
pub struct Cluster {
    /// The bus.
    pub bus: Arc<NatsBus>,
    pub(super) attachments: Attachments,
    /// Whether heartbeats of other nodes are missing: their events are then read from storage.
    pub(super) slow: AtomicBool,
}

impl Cluster {
    /// The part of a node that is on a bus.
    pub fn new(bus: Arc<NatsBus>) -> Self {
        Self { bus, attachments: Attachments::default(), slow: AtomicBool::new(false) }
    }

    /// This node.
    pub(super) fn node(&self) -> NodeId {
        self.bus.node()
    }
}

/// Where a service keeps its part in a cluster: empty on a single server.
pub type ClusterCell = OnceLock<Cluster>;

/// What this node's users are attached with.
pub struct Attachments {
    // A std mutex: it is locked for a lookup, never across an await.
    by_user: Mutex<HashMap<UserId, Weak<Attached>>>,
    /// Held while the presence of a user is written: the last write says what the last count said.
    order: [tokio::sync::Mutex<()>; SHARDS],
}

/// The attachment of a user, once it is complete.
pub(super) type Attached = OnceCell<Attachment>;

/// A connection's share in its user's attachment; none on a single server.
#[derive(Default)]
pub struct ClusterGuard {
    _attached: Option<Arc<Attached>>,
}

impl ClusterGuard {
    pub(super) fn of(attached: Arc<Attached>) -> Self {
        Self { _attached: Some(attached) }
    }
}

impl Default for Attachments {
    fn default() -> Self {
        Self { by_user: Mutex::default(), order: std::array::from_fn(|_| tokio::sync::Mutex::default()) }
    }
}

impl Attachments {
    pub(super) fn of(&self, user: UserId) -> Arc<Attached> {
        let mut by_user = self.by_user();
        if let Some(attached) = by_user.get(&user).and_then(Weak::upgrade) {
            return attached;
        }
        let attached = Arc::default();
        by_user.insert(user, Arc::downgrade(&attached));
        attached
    }

    /// Forgets users who have no connection any more.
    pub(super) fn forget(&self, user: UserId) {
        let mut by_user = self.by_user();
        if by_user.get(&user).is_some_and(|attached| attached.strong_count() == 0) {
            by_user.remove(&user);
        }
    }

    fn by_user(&self) -> MutexGuard<'_, HashMap<UserId, Weak<Attached>>> {
        self.by_user.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn in_order(&self, user: UserId) -> tokio::sync::MutexGuard<'_, ()> {
        self.order[user.0 as usize % SHARDS].lock().await
    }
}
