//! An event on its way to connections: what goes over the bus and through the hub.

use std::sync::OnceLock;

use confab_shared::{
    event::{Event, EventBody},
    user::User,
};
use serde::Serialize;

use crate::{domain::notification::CommittedEvent, websocket::frame::Frame};

/// An event, serialised once for all connections of the native dialect, if there are any.
pub struct PublishedEvent {
    /// The event and its audience.
    pub committed: CommittedEvent,
    native: OnceLock<Frame>,
}

impl PublishedEvent {
    /// An event that is on disk.
    pub fn new(committed: CommittedEvent) -> Self {
        Self { committed, native: OnceLock::new() }
    }

    /// The native frame.
    pub fn native(&self) -> &Frame {
        self.native.get_or_init(|| {
            let CommittedEvent { stored, users, .. } = &self.committed;
            frame(&stored.event, users)
        })
    }

    /// About how many bytes it takes while it waits to be delivered.
    pub fn bytes(&self) -> usize {
        let text = match &self.committed.stored.event.body {
            EventBody::Posted(posted) => posted.text.as_str().len(),
            EventBody::Edited(edited) => edited.text.as_str().len(),
            _ => 0,
        };
        let legacy = self.committed.stored.legacy.as_ref().map_or(0, |frame| frame.len());
        size_of::<Self>() + text + legacy
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
    use confab_shared::{
        event::Posted,
        id::{ConversationId, Seq, Timestamp, UserId},
        protocol::{EventFrame, ServerFrame},
        text::{MessageText, UserName},
    };

    use super::*;

    #[test]
    fn the_frame_is_the_protocols() {
        let by = User::new(UserId(7), UserName::new("mei").unwrap());
        let body = EventBody::Posted(Posted {
            text: MessageText::new("“hi”, @ada").unwrap(),
            ordinal: 3,
            mentions: vec![UserId(8)],
        });
        let (conversation, seq, at) = (ConversationId(5), Seq(4), Timestamp(1_800_000_000_000));
        let event = Event { conversation, seq, at, by: by.id, client_id: None, body };
        let native = frame(&event, std::slice::from_ref(&by));
        assert_eq!(native, Frame::json(&ServerFrame::Event(EventFrame { event, users: vec![by] })));
    }
}
