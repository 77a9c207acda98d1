//! An event, ready to be told: what goes over the bus and through the hub.

use std::sync::OnceLock;

use confab_shared::{event::{Event, Posted}, user::User};
use serde::Serialize;

use crate::{frame::Frame, store::Committed};

/// An event, serialised once for all who speak the native dialect, if anybody does.
pub struct Published {
    /// The event and whom it concerns.
    pub committed: Committed,
    native: OnceLock<Frame>,
}

impl Published {
    /// An event that is on disk.
    pub fn new(committed: Committed) -> Self {
        Self { committed, native: OnceLock::new() }
    }

    /// The native frame.
    pub fn native(&self) -> &Frame {
        self.native.get_or_init(|| {
            let Committed { stored, users, .. } = &self.committed;
            frame(&stored.event, users)
        })
    }

    /// About how many bytes it takes while it waits to be told.
    pub fn bytes(&self) -> usize {
        let text = match &self.committed.stored.event.body {
            confab_shared::event::EventBody::Posted(Posted { text, .. }) => text.as_str().len(),
            _ => 0,
        };
        let legacy = self.committed.stored.legacy.as_ref().map_or(0, |frame| frame.len());
        size_of::<Self>() + text + legacy
    }
}

/// The frame `ServerFrame::Event`, of what need not be copied for it.
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
    use confab_shared::{event::EventBody, id::{ConversationId, Seq, Timestamp, UserId}, protocol::{EventFrame, ServerFrame}, text::{MessageText, UserName}};

    use super::*;

    #[test]
    fn the_frame_is_the_protocols() {
        let by = User { id: UserId(7), name: UserName::new("mei").unwrap() };
        let body = EventBody::Posted(Posted {
            text: MessageText::new("“hi”, @ada").unwrap(),
            ordinal: 3,
            mentions: vec![UserId(8)],
        });
        let (conversation, seq, at) = (ConversationId(5), Seq(4), Timestamp(1_800_000_000_000));
        let event = Event { conversation, seq, at, by: by.id, client_id: None, body };
        let native = frame(&event, std::slice::from_ref(&by));
        assert_eq!(native, Frame::native(&ServerFrame::Event(EventFrame { event, users: vec![by] })));
    }
}
