//! An event on its way to connections: what goes over the bus and through the hub.

use std::sync::{Arc, OnceLock};

use confab_shared::{
    conversation::ConversationKind,
    event::{Event, EventBody},
    protocol::{EventFrame, ServerFrame},
    text::Title,
    user::User,
};
use serde::Serialize;

use crate::{
    domain::{
        audience::Audience,
        notification::{CommittedEvent, StoredEvent},
    },
    websocket::frame::Frame,
};

/// An event, serialised once for all connections of the native dialect on all nodes, if there are any; and decoded on another
/// node only for connections that need more than its bytes.
pub struct PublishedEvent(Origin);

enum Origin {
    /// It was committed here.
    Here { committed: CommittedEvent, native: OnceLock<Frame> },
    /// Another node published it: decoded when first asked for, and none where that fails.
    OtherNode { native: Frame, context: EventContext, committed: OnceLock<Option<CommittedEvent>> },
}

/// What only the demo's dialect has to know of an event beside its frame.
#[derive(Clone, Debug)]
pub struct EventContext {
    /// The conversation's kind.
    pub kind: ConversationKind,
    /// The conversation's title, after the event.
    pub title: Option<Title>,
    /// Who gets it; of a group, on this node.
    pub audience: Audience,
    /// The frame of the demo's dialect that posted it, where encoding it again would give other bytes.
    pub legacy: Option<Arc<str>>,
}

impl PublishedEvent {
    /// An event that is on disk.
    pub fn new(committed: CommittedEvent) -> Self {
        Self(Origin::Here { committed, native: OnceLock::new() })
    }

    /// An event that another node published, as its native frame.
    pub fn of_other_node(native: Frame, context: EventContext) -> Self {
        Self(Origin::OtherNode { native, context, committed: OnceLock::new() })
    }

    /// The event and its audience; none where another node's frame cannot be decoded here.
    pub fn committed(&self) -> Option<&CommittedEvent> {
        match &self.0 {
            Origin::Here { committed, .. } => Some(committed),
            Origin::OtherNode { native, context, committed } => {
                committed.get_or_init(|| decode(native, context)).as_ref()
            }
        }
    }

    /// The native frame.
    pub fn native(&self) -> &Frame {
        match &self.0 {
            Origin::Here { committed: CommittedEvent { stored, users, .. }, native } => {
                native.get_or_init(|| frame(&stored.event, users))
            }
            Origin::OtherNode { native, .. } => native,
        }
    }

    /// About how many bytes it takes while it waits to be delivered.
    pub fn bytes(&self) -> usize {
        let (text, legacy) = match &self.0 {
            Origin::Here { committed: CommittedEvent { stored, .. }, .. } => {
                let text = match &stored.event.body {
                    EventBody::Posted(posted) => {
                        posted.text.as_str().len() + size_of_val(posted.attachments.as_slice())
                    }
                    EventBody::Edited(edited) => edited.text.as_str().len(),
                    _ => 0,
                };
                (text, &stored.legacy)
            }
            Origin::OtherNode { native, context, .. } => (native.len(), &context.legacy),
        };
        size_of::<Self>() + text + legacy.as_ref().map_or(0, |frame| frame.len())
    }
}

/// Decodes an event that came from another node.
fn decode(native: &Frame, context: &EventContext) -> Option<CommittedEvent> {
    let EventContext { kind, title, audience, legacy } = context.clone();
    match serde_json::from_slice(native.payload()) {
        Ok(ServerFrame::Event(EventFrame { event, users })) => {
            let stored = StoredEvent { event, legacy };
            Some(CommittedEvent { stored, users: users.into(), audience, kind, title })
        }
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, "failed to decode an event of another node");
            None
        }
    }
}

/// The frame `ServerFrame::Event`, of references: nothing is copied for it.
fn frame(event: &Event, users: &[User]) -> Frame {
    #[derive(Serialize)]
    #[serde(tag = "type", rename = "event")]
    struct EventFrame<'a> {
        event: &'a Event,
        users: &'a [User],
    }
    Frame::json(&EventFrame { event, users })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use confab_shared::{
        event::Posted,
        id::{ConversationId, Seq, Timestamp, UserId},
        text::{MessageText, UserName},
    };

    use super::*;

    #[test]
    fn an_event_of_another_node_is_decoded_as_it_was_committed() {
        let by = User::new(UserId(7), UserName::new("mei").unwrap());
        let text = MessageText::new("x".repeat(300).as_str()).unwrap();
        let body = EventBody::Posted(Posted::new(text, 3, vec![]));
        let (conversation, seq, at) = (ConversationId(5), Seq(4), Timestamp(1_800_000_000_000));
        let event = Event { conversation, seq, at, by: by.id, client_id: None, body };
        let audience = Audience::of([by.id]);
        let here = PublishedEvent::new(CommittedEvent {
            stored: StoredEvent { event, legacy: Some("{}".into()) },
            users: [by].into_iter().collect(),
            audience: audience.clone(),
            kind: ConversationKind::Direct,
            title: None,
        });
        let native = Frame::encoded(Bytes::copy_from_slice(here.native().bytes()));
        let context =
            EventContext { kind: ConversationKind::Direct, title: None, audience, legacy: Some("{}".into()) };
        let there = PublishedEvent::of_other_node(native, context.clone());
        assert_eq!(there.native(), here.native());
        let (here, there) = (here.committed().unwrap(), there.committed().unwrap());
        assert_eq!((&here.stored, &here.users), (&there.stored, &there.users));
        assert!(there.is_notes());
        assert!(PublishedEvent::of_other_node(Frame::text("?"), context).committed().is_none());
    }

    #[test]
    fn the_frame_is_the_protocols() {
        let by = User::new(UserId(7), UserName::new("mei").unwrap());
        let body = EventBody::Posted(Posted {
            text: MessageText::new("“hi”, @ada").unwrap(),
            ordinal: 3,
            mentions: vec![UserId(8)],
            reply_to: Some(Seq(2)),
            thread: Some(Seq(1)),
            also_in_conversation: true,
            attachments: vec![],
            root_author: Some(UserId(9)),
        });
        let (conversation, seq, at) = (ConversationId(5), Seq(4), Timestamp(1_800_000_000_000));
        let event = Event { conversation, seq, at, by: by.id, client_id: None, body };
        let native = frame(&event, std::slice::from_ref(&by));
        assert_eq!(native, Frame::json(&ServerFrame::Event(EventFrame { event, users: vec![by] })));
    }
}
