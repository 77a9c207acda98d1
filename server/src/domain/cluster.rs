//! Nodes: servers that serve the same people from one database.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

/// A run of a server: each start is another node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u64);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A position in the commits of a shared storage, as the storage counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitMarker(pub u64);

/// How often a node writes into the shared storage that it lives.
pub const BEAT_INTERVAL: Duration = Duration::from_secs(5);

/// A node that has not written for so long is dead. Its people are shown as offline within another [`BEAT_INTERVAL`] and the
/// grace of a page that reloads: 30 s in all.
pub const DEAD_AFTER: Duration = Duration::from_secs(20);
