//! Which other nodes this one hears, by their beats.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::domain::cluster::NodeId;

/// A node that was not heard for so long is out of reach: three beats.
const SILENCE: Duration = Duration::from_secs(3);

/// How long a node is remembered that is silent.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);

struct Peer {
    heard: Instant,
    losses: u64,
    leaving: bool,
}

/// The nodes that were heard.
#[derive(Default)]
pub(super) struct Peers(Mutex<HashMap<NodeId, Peer>>);

impl Peers {
    /// Notes a beat. Answers whether its sender lost messages since its last one.
    pub(super) fn beat(&self, node: NodeId, losses: u64, leaving: bool, now: Instant) -> bool {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        peers.retain(|_, peer| now.duration_since(peer.heard) < FORGOTTEN_AFTER);
        let before = peers.insert(node, Peer { heard: now, losses, leaving });
        before.is_some_and(|before| before.losses != losses)
    }

    /// Whether all of some nodes are heard. One that has said that it leaves has nothing more to say.
    pub(super) fn hears(&self, nodes: &[NodeId], now: Instant) -> bool {
        let peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.iter().all(|node| {
            peers.get(node).is_some_and(|peer| peer.leaving || now.duration_since(peer.heard) < SILENCE)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODES: [NodeId; 2] = [NodeId(1), NodeId(2)];

    #[test]
    fn a_silent_node_is_out_of_reach_unless_it_left() {
        let (peers, now) = (Peers::default(), Instant::now());
        assert!(peers.hears(&[], now));
        assert!(!peers.hears(&NODES, now));
        for node in NODES {
            peers.beat(node, 0, node == NODES[1], now);
        }
        assert!(peers.hears(&NODES, now));
        let later = now + SILENCE;
        assert!(!peers.hears(&NODES, later));
        assert!(peers.hears(&NODES[1..], later), "it left");
    }

    #[test]
    fn losses_are_noticed_once() {
        let (peers, now) = (Peers::default(), Instant::now());
        assert!(!peers.beat(NODES[0], 3, false, now), "lost before it was heard");
        assert!(peers.beat(NODES[0], 4, false, now));
        assert!(!peers.beat(NODES[0], 4, false, now));
    }
}
