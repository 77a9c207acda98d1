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

    /// Whether a node sent a heartbeat recently that is none of the given ones.
    pub(super) fn has_other_than(&self, nodes: &[NodeId], now: Instant) -> bool {
        let peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        peers.iter().any(|(node, peer)| {
            !peer.leaving && now.duration_since(peer.last_received) < SILENCE && !nodes.contains(node)
        })
    }

    /// Those of the given nodes that did not send a heartbeat recently, and did not announce that they leave.
    pub(super) fn unreachable(&self, nodes: &[NodeId], now: Instant) -> Vec<NodeId> {
        let peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_silent = |peer: &Peer| !peer.leaving && now.duration_since(peer.last_received) >= SILENCE;
        nodes.iter().copied().filter(|node| peers.get(node).is_none_or(is_silent)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODES: [NodeId; 2] = [NodeId(1), NodeId(2)];

    #[test]
    fn a_silent_node_is_unreachable_unless_it_left() {
        let (peers, now) = (Peers::default(), Instant::now());
        assert_eq!(peers.unreachable(&[], now), []);
        assert_eq!(peers.unreachable(&NODES, now), NODES);
        for node in NODES {
            peers.beat(node, 0, node == NODES[1], now);
        }
        assert_eq!(peers.unreachable(&NODES, now), []);
        assert!(peers.has_other_than(&NODES[1..], now) && !peers.has_other_than(&NODES[..1], now));
        assert_eq!(peers.unreachable(&NODES, now + SILENCE), NODES[..1], "the other one left");
    }

    #[test]
    fn losses_are_noticed_once() {
        let (peers, now) = (Peers::default(), Instant::now());
        assert!(!peers.beat(NODES[0], 3, false, now), "lost before its first heartbeat");
        assert!(peers.beat(NODES[0], 4, false, now));
        assert!(!peers.beat(NODES[0], 4, false, now));
    }
}
