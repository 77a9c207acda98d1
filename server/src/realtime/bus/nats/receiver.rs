//! Decodes the messages of other nodes, passes events and signals to the delivery task, and applies all others here.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use confab_shared::conversation::ConversationKind;
use tokio::{sync::mpsc, time::Instant};

use super::{
    arrival::{Arrivals, Arrived, ArrivedSignal},
    envelope::{self, Envelope, EventHeader, EventsHeader, Header, SignalHeader},
    peers::Peers,
};
use crate::{
    domain::{audience::Audience, limits::Usage},
    realtime::{
        hub::Hub,
        published::{EventContext, PublishedEvent},
    },
};

/// What a message delivers.
pub(super) enum Received {
    Events(Arrivals),
    Signal(ArrivedSignal),
}

/// Reads messages.
pub(super) struct Receiver {
    pub(super) hub: Arc<Hub>,
    pub(super) peers: Arc<Peers>,
    /// Set where messages got lost.
    pub(super) missed: Arc<AtomicBool>,
    /// Full: a usage is dropped, and its limit is a little wider.
    pub(super) usages: mpsc::Sender<Usage>,
}

impl Receiver {
    pub(super) fn receive(&self, payload: Bytes) -> Option<Received> {
        let Envelope { node, header, frames } = envelope::decode(payload)?;
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
            Header::Unknown => {}
        }
        None
    }
}

fn arrivals(header: EventsHeader, mut frames: Bytes) -> Arrivals {
    let EventsHeader { conversation, kind, title, users, events } = header;
    let members = match kind {
        ConversationKind::Broadcast => Audience::Everyone,
        ConversationKind::Direct | ConversationKind::Group => Audience::of(users),
    };
    let read = events.into_iter().map_while(|EventHeader { seq, length, added, removed, legacy }| {
        let frame = envelope::next_frame(&mut frames, length)?;
        let legacy = legacy.map(Into::into);
        let context = EventContext { kind, title: title.clone(), audience: members.clone(), legacy };
        let event = Arc::new(PublishedEvent::of_other_node(frame, context));
        Some(Arrived { seq, event, added, removed })
    });
    let events = read.collect();
    Arrivals { conversation, kind, members, events }
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
