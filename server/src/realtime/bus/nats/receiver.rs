//! Decodes the messages of other nodes, passes events and signals to the delivery task, and applies all others here.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use confab_shared::conversation::ConversationKind;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    arrival::{Arrivals, Arrived, ArrivedSignal},
    envelope::{self, Envelope, EventHeader, EventsHeader, Header, SignalHeader},
    peers::Peers,
};
use crate::{
    domain::{audience::Audience, cluster::NodeId, limits::Usage},
    realtime::{
        hub::Hub,
        published::{EventContext, PublishedEvent},
    },
};

/// Barriers that are under way.
#[derive(Default)]
pub(super) struct Barriers(Mutex<HashMap<u64, oneshot::Sender<()>>>);

impl Barriers {
    pub(super) fn add(&self, id: u64) -> oneshot::Receiver<()> {
        let (passed, passes) = oneshot::channel();
        let mut barriers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The message of a barrier without a waiting receiver was lost.
        barriers.retain(|_, waiting| !waiting.is_closed());
        barriers.insert(id, passed);
        passes
    }

    fn pass(&self, id: u64) {
        let passed = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        let _ = passed.map(|passed| passed.send(()));
    }
}

/// What a message delivers.
pub(super) enum Received {
    Events(Arrivals),
    Signal(ArrivedSignal),
}

/// Reads messages.
pub(super) struct Receiver {
    pub(super) node: NodeId,
    pub(super) hub: Arc<Hub>,
    pub(super) peers: Arc<Peers>,
    pub(super) barriers: Arc<Barriers>,
    /// Set where messages got lost.
    pub(super) missed: Arc<AtomicBool>,
    /// Full: a usage is dropped, and its limit is a little wider.
    pub(super) usages: mpsc::Sender<Usage>,
}

impl Receiver {
    pub(super) fn receive(&self, payload: Bytes) -> Option<Received> {
        let Envelope { node, header, frames } = envelope::decode(payload)?;
        if node == self.node {
            // Its own messages took effect when they were sent.
            if let Header::Barrier { id } = header {
                self.barriers.pass(id);
            }
            return None;
        }
        match header {
            Header::Events(header) => return Some(Received::Events(arrivals(header, frames))),
            Header::Signal(header) => return signal(header, frames).map(Received::Signal),
            Header::End { user, ended } => self.hub.end(user, |session| ended.contains(session)),
            Header::User { user } => self.hub.set_user(&user),
            Header::Beat { losses, leaving } => {
                if self.peers.beat(node, losses, leaving, Instant::now()) {
                    self.missed.store(true, Ordering::Relaxed);
                }
            }
            Header::Usage(usage) => {
                let _ = self.usages.try_send(usage);
            }
            Header::Barrier { .. } | Header::Unknown => {}
        }
        None
    }
}

fn arrivals(header: EventsHeader, mut frames: Bytes) -> Arrivals {
    let EventsHeader { conversation, kind, title, users, events } = header;
    let pair = match kind {
        ConversationKind::Broadcast => Audience::Everyone,
        ConversationKind::Direct | ConversationKind::Group => Audience::of(users),
    };
    let read = events.into_iter().map_while(|EventHeader { seq, length, added, removed, legacy }| {
        let frame = envelope::next_frame(&mut frames, length)?;
        let legacy = legacy.map(Into::into);
        let context = EventContext { kind, title: title.clone(), audience: pair.clone(), legacy };
        let event = Arc::new(PublishedEvent::of_other_node(frame, context));
        let audience = (kind != ConversationKind::Group).then(|| pair.clone());
        Some(Arrived { seq, event, audience, added, removed })
    });
    let events = read.collect();
    Arrivals { conversation, kind, pair, events }
}

fn signal(header: SignalHeader, mut frames: Bytes) -> Option<ArrivedSignal> {
    let SignalHeader { everyone, users, conversation, after } = header;
    let length = u32::try_from(frames.len()).ok()?;
    let frame = envelope::next_frame(&mut frames, length)?;
    let audience = match (everyone, users.is_empty()) {
        (true, _) => Some(Audience::Everyone),
        (false, false) => Some(Audience::of(users)),
        (false, true) => None,
    };
    Some(ArrivedSignal { audience, conversation, after, frame })
}
