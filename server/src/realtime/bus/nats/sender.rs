//! Writes the messages to other nodes: what to which subjects.

use std::sync::Arc;

use confab_shared::{
    conversation::ConversationKind,
    event::EventBody,
    id::{Seq, UserId},
    user::User,
};

use super::{
    arrival::{Arrivals, Arrived},
    envelope::{EventHeader, EventsHeader, Header, SignalHeader, encode},
    outbound::Outbound,
    subjects::Subjects,
};
use crate::{
    domain::{audience::Audience, cluster::NodeId, notification::CommittedEvent},
    realtime::{
        bus::{EndedConnections, Signal},
        published::PublishedEvent,
    },
    websocket::frame::Frame,
};

/// About how many bytes of frames one message has; NATS takes 1 MiB by default.
const MAX_FRAMES_BYTES: usize = 256 * 1024;

/// A signal to more people goes to the subject of their conversation.
const MAX_BY_USER: usize = 8;

pub(super) struct Sender {
    pub(super) node: NodeId,
    pub(super) subjects: Subjects,
    pub(super) outbound: Outbound,
}

impl Sender {
    /// Publishes events of one conversation for one audience, and answers them as this node delivers them.
    pub(super) fn events(&self, audience: &Audience, events: &[Arc<PublishedEvent>]) -> Option<Arrivals> {
        let first = events.first()?.committed()?;
        let (conversation, kind) = (first.stored.event.conversation, first.kind);
        let mut part = Vec::new();
        let mut bytes = 0;
        let mut arrivals = Vec::with_capacity(events.len());
        for event in events {
            let Some(committed) = event.committed() else { continue };
            let (added, removed) = membership(committed);
            if bytes > 0 && bytes + event.native().len() > MAX_FRAMES_BYTES {
                self.send_events(audience, &std::mem::take(&mut part));
                bytes = 0;
            }
            bytes += event.native().len();
            part.push((committed, event.native()));
            let seq = committed.stored.event.seq;
            arrivals.push(Arrived { seq, event: Arc::clone(event), added, removed });
        }
        self.send_events(audience, &part);
        Some(Arrivals { conversation, kind, members: audience.clone(), events: arrivals })
    }

    fn send_events(&self, audience: &Audience, events: &[(&CommittedEvent, &Frame)]) {
        let Some((first, _)) = events.first() else { return };
        let (conversation, kind) = (first.stored.event.conversation, first.kind);
        let headers: Vec<_> =
            events.iter().map(|(committed, frame)| event_header(committed, frame)).collect();
        let (users, to) = match (kind, audience) {
            (ConversationKind::Direct, Audience::Users(users)) => {
                (users.to_vec(), users.iter().map(|user| self.subjects.user(*user)).collect())
            }
            (ConversationKind::Group, _) => {
                // Nodes that had no member so far do not listen to the group.
                let added = headers.iter().flat_map(|event| event.added.iter().copied());
                let mut to: Vec<_> = added.map(|user| self.subjects.user(user)).collect();
                to.push(self.subjects.conversation(conversation));
                (Vec::new(), to)
            }
            _ => (Vec::new(), vec![self.subjects.everyone()]),
        };
        let title = events.last().and_then(|(committed, _)| committed.title.clone());
        let header = Header::Events(EventsHeader { conversation, kind, title, users, events: headers });
        self.send(to, &header, events.iter().map(|(_, frame)| *frame));
    }

    pub(super) fn signal(&self, signal: &Signal) {
        let Signal { audience, conversation, after, frame } = signal;
        let header =
            |everyone, users| SignalHeader { everyone, users, conversation: *conversation, after: *after };
        match (audience, conversation) {
            (Audience::Everyone, _) => {
                self.send([self.subjects.everyone()], &Header::Signal(header(true, Vec::new())), [frame]);
            }
            (Audience::Users(users), Some(id)) if users.len() > MAX_BY_USER => {
                let to = self.subjects.conversation(*id);
                self.send([to], &Header::Signal(header(false, Vec::new())), [frame]);
            }
            (Audience::Users(users), _) => {
                for user in users.iter() {
                    let header = Header::Signal(header(false, vec![*user]));
                    self.send([self.subjects.user(*user)], &header, [frame]);
                }
            }
        }
    }

    pub(super) fn end(&self, user: UserId, ended: EndedConnections) {
        self.send([self.subjects.user(user)], &Header::End { user, ended }, None);
    }

    pub(super) fn set_user(&self, user: &User) {
        self.send([self.subjects.user(user.id)], &Header::User { user: user.clone() }, None);
    }

    pub(super) fn to_nodes(&self, header: &Header) {
        self.send([self.subjects.nodes()], header, None);
    }

    fn send<'a, F>(&self, to: impl IntoIterator<Item = String>, header: &Header, frames: F)
    where
        F: IntoIterator<Item = &'a Frame, IntoIter: Clone>,
    {
        let payload = encode(self.node, header, frames);
        for subject in to {
            self.outbound.publish(subject, payload.clone());
        }
    }
}

fn event_header(committed: &CommittedEvent, frame: &Frame) -> EventHeader {
    let (added, removed) = membership(committed);
    EventHeader {
        seq: committed.stored.event.seq,
        length: frame.len() as u32,
        added,
        removed,
        legacy: committed.stored.legacy.as_deref().map(str::to_owned),
    }
}

/// Who became a member by an event, and who was one until it.
fn membership(committed: &CommittedEvent) -> (Vec<UserId>, Option<UserId>) {
    let event = &committed.stored.event;
    if committed.kind != ConversationKind::Group {
        return (Vec::new(), None);
    }
    match &event.body {
        EventBody::Joined(joined) => (joined.users.clone(), None),
        EventBody::Left(_) => (Vec::new(), Some(event.by)),
        // Who makes a group is its first member, without an event of their own.
        _ if event.seq == Seq(1) => (vec![event.by], None),
        _ => (Vec::new(), None),
    }
}
