//! Shares the use of rate limits between nodes. Each node has the whole limit, and counts the uses that others report:
//! together the nodes admit the limit, and the uses that they have not reported yet.

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::domain::limits::{Limits, Usage, usage_share};

/// What passes usages on to the other nodes.
pub(super) type Share = Arc<dyn Fn(Usage) + Send + Sync>;

/// The uses of one limit that were not reported to the other nodes yet. None on a single server, which counts nothing here.
pub(super) struct Unshared<K>(OnceLock<Sharing<K>>);

struct Sharing<K> {
    share: Share,
    // A std mutex: it is locked to count, never across an await.
    counts: Mutex<FxHashMap<(bool, K), u32>>,
}

impl<K: Hash + Eq + Clone + Serialize> Unshared<K> {
    pub(super) fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Shares from now on.
    pub(super) fn begin(&self, share: Share) {
        let _ = self.0.set(Sharing { share, counts: Mutex::default() });
    }

    /// Notes a use of a limit.
    pub(super) fn note(&self, limit: &str, limits: Limits, loopback: bool, key: &K, count: NonZeroU32) {
        let Some(Sharing { share, counts }) = self.0.get() else { return };
        let least = usage_share(if loopback { limits.loopback } else { limits.remote });
        let due = {
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            let unshared = counts.entry((loopback, key.clone())).or_default();
            *unshared = unshared.saturating_add(count.get());
            if *unshared < least.get() { 0 } else { std::mem::take(unshared) }
        };
        if let (Some(count), Ok(key)) = (NonZeroU32::new(due), serde_json::to_string(key)) {
            share(Usage { limit: limit.to_owned(), loopback, key, count });
        }
    }

    /// Forgets what is not shared: less than a share of each counter.
    pub(super) fn sweep(&self) {
        if let Some(Sharing { counts, .. }) = self.0.get() {
            *counts.lock().unwrap_or_else(PoisonError::into_inner) = FxHashMap::default();
        }
    }
}
