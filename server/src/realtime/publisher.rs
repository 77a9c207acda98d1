//! Publishes committed events and moved read positions, in the order of the commits.

use std::sync::Arc;

use confab_shared::{id::ConversationId, protocol::ServerFrame};
use rustc_hash::FxHashMap;
use tokio::sync::mpsc;

use super::{
    bus::{Bus, Signal},
    published::PublishedEvent,
};
use crate::{
    domain::{
        audience::Audience,
        notification::{CommitNotification, MovedReadPosition},
    },
    websocket::frame::Frame,
};

/// How many batches may wait to be published before the writer waits.
pub const MAX_PENDING_BATCHES: usize = 16;

/// What is delivered in one go.
enum Delivery {
    /// Events of one conversation that have one audience.
    Events(Audience, Vec<Arc<PublishedEvent>>),
    ReadPosition(MovedReadPosition),
}

/// Publishes what the storage's writer hands over, until the writer is gone.
pub async fn run(mut committed: mpsc::Receiver<Vec<CommitNotification>>, bus: Arc<dyn Bus>) {
    let mut batches = Vec::new();
    while committed.recv_many(&mut batches, MAX_PENDING_BATCHES).await > 0 {
        for delivery in deliveries(batches.drain(..).flatten()) {
            match delivery {
                Delivery::Events(audience, events) => bus.events(&audience, events).await,
                Delivery::ReadPosition(moved) => bus.signal(read_signal(moved)).await,
            }
        }
    }
}

fn read_signal(MovedReadPosition { signal, audience }: MovedReadPosition) -> Signal {
    let conversation = audience.is_some().then_some(signal.conversation);
    Signal {
        audience: audience.unwrap_or_else(|| Audience::of([signal.user])),
        conversation,
        after: signal.head_seq,
        frame: Frame::json(&ServerFrame::Read(signal)),
    }
}

/// Groups what is published: each reader is written to once per conversation. Order matters only within a conversation,
/// and there it is kept.
fn deliveries(batch: impl Iterator<Item = CommitNotification>) -> Vec<Delivery> {
    let mut deliveries: Vec<Delivery> = Vec::new();
    let mut newest: FxHashMap<ConversationId, usize> = FxHashMap::default();
    for notification in batch {
        let committed = match notification {
            CommitNotification::Event(committed) => committed,
            CommitNotification::ReadPosition(moved) => {
                newest.remove(&moved.signal.conversation);
                deliveries.push(Delivery::ReadPosition(moved));
                continue;
            }
        };
        let id = committed.stored.event.conversation;
        match newest.get(&id).map(|index| &mut deliveries[*index]) {
            Some(Delivery::Events(audience, events)) if audience.is_same(&committed.audience) => {
                events.push(Arc::new(PublishedEvent::new(committed)));
            }
            _ => {
                newest.insert(id, deliveries.len());
                let audience = committed.audience.clone();
                deliveries.push(Delivery::Events(audience, vec![Arc::new(PublishedEvent::new(committed))]));
            }
        }
    }
    deliveries
}
