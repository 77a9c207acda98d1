//! Publishes committed events and moved read positions, in the order of the commits.

use std::{sync::Arc, time::Duration};

use confab_shared::{
    id::{ConversationId, Timestamp},
    protocol::ServerFrame,
};
use rustc_hash::FxHashMap;
use tokio::sync::mpsc;

use super::{
    bus::{Bus, Signal},
    published::PublishedEvent,
};
use crate::{
    clock,
    domain::{
        audience::Audience,
        linked_message::LinkedMessage,
        notification::{CommitNotification, MovedReadPosition, NewGroupRequest},
    },
    metrics::{METRICS, gauge},
    websocket::frame::Frame,
};

/// How many batches may wait to be published before the writer waits.
pub const MAX_PENDING_BATCHES: usize = 16;

/// What is delivered in one go.
enum Delivery {
    /// Events of one conversation that have one audience.
    Events(Audience, Vec<Arc<PublishedEvent>>),
    ReadPosition(MovedReadPosition),
    GroupRequest(NewGroupRequest),
}

/// Publishes what the storage's writer hands over, until the writer is gone. Messages that may have links go to `linked`, too,
/// as long as it has room.
pub async fn run(
    mut committed: mpsc::Receiver<Vec<CommitNotification>>,
    bus: Arc<dyn Bus>,
    linked: Option<mpsc::Sender<LinkedMessage>>,
) {
    let mut batches = Vec::new();
    while committed.recv_many(&mut batches, MAX_PENDING_BATCHES).await > 0 {
        METRICS.publish_queue.set(gauge(committed.len()));
        if let Some(linked) = &linked {
            // Publishing never waits: without room, there are no previews.
            for notification in batches.iter().flatten().take_while(|_| linked.capacity() > 0) {
                if let Some(message) = linked_message(notification) {
                    let _ = linked.try_send(message);
                }
            }
        }
        let oldest = batches.iter().flatten().find_map(taken_at);
        for delivery in deliveries(batches.drain(..).flatten()) {
            match delivery {
                Delivery::Events(audience, events) => bus.events(&audience, events).await,
                Delivery::ReadPosition(moved) => bus.signal(read_signal(moved)).await,
                Delivery::GroupRequest(NewGroupRequest { users, request }) => {
                    bus.signal(Signal::to(users, Frame::json(&ServerFrame::GroupRequest(request)))).await;
                }
            }
        }
        if let Some(Timestamp(taken_at)) = oldest {
            let lag = Duration::from_millis(clock::now().0.saturating_sub(taken_at));
            METRICS.delivery_lag_seconds.observe(lag.as_secs_f64());
        }
    }
}

/// When the command of an event was taken.
fn taken_at(notification: &CommitNotification) -> Option<Timestamp> {
    match notification {
        CommitNotification::Event(committed) => Some(committed.stored.event.at),
        CommitNotification::ReadPosition(_) | CommitNotification::GroupRequest(_) => None,
    }
}

/// The message that may have links, where a notification is of one.
fn linked_message(notification: &CommitNotification) -> Option<LinkedMessage> {
    match notification {
        CommitNotification::Event(committed) => LinkedMessage::of(committed),
        CommitNotification::ReadPosition(_) | CommitNotification::GroupRequest(_) => None,
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
            // Those who were asked get no events of the group: the order does not matter.
            CommitNotification::GroupRequest(requested) => {
                deliveries.push(Delivery::GroupRequest(requested));
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
