//! The other nodes from which this one receives heartbeats.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::domain::cluster::NodeId;

/// A node without a heartbeat for this long is unreachable: three beats.
const SILENCE: Duration = Duration::from_secs(3);

/// How long a silent node is remembered.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

struct Peer {
    last_received: Instant,
    losses: u64,
    leaving: bool,
}

/// The nodes from which a heartbeat was received.
#[derive(Default)]
pub(super) struct Peers(Mutex<HashMap<NodeId, Peer>>);

impl Peers {
    /// Notes a beat. Answers whether its sender lost messages since its last one.
    pub(super) fn beat(&self, node: NodeId, losses: u64, leaving: bool, now: Instant) -> bool {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        peers.retain(|_, peer| now.duration_since(peer.last_received) < FORGOTTEN_AFTER);
        let before = peers.insert(node, Peer { last_received: now, losses, leaving });
        before.is_some_and(|before| before.losses != losses)
    }

    /// Whether all the given nodes sent a heartbeat recently, or announced that they leave.
    pub(super) fn reachable(&self, nodes: &[NodeId], now: Instant) -> bool {
        let peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.iter().all(|node| {
            peers
                .get(node)
                .is_some_and(|peer| peer.leaving || now.duration_since(peer.last_received) < SILENCE)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODES: [NodeId; 2] = [NodeId(1), NodeId(2)];

    #[test]
    fn a_silent_node_is_unreachable_unless_it_left() {
        let (peers, now) = (Peers::default(), Instant::now());
        assert!(peers.reachable(&[], now));
        assert!(!peers.reachable(&NODES, now));
        for node in NODES {
            peers.beat(node, 0, node == NODES[1], now);
        }
        assert!(peers.reachable(&NODES, now));
        let later = now + SILENCE;
        assert!(!peers.reachable(&NODES, later));
        assert!(peers.reachable(&NODES[1..], later), "it left");
    }

    #[test]
    fn losses_are_noticed_once() {
        let (peers, now) = (Peers::default(), Instant::now());
        assert!(!peers.beat(NODES[0], 3, false, now), "lost before its first heartbeat");
        assert!(peers.beat(NODES[0], 4, false, now));
        assert!(!peers.beat(NODES[0], 4, false, now));
    }
}
