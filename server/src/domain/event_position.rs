//! Where an event is.

use confab_shared::{
    event::Event,
    id::{ConversationId, Seq, Timestamp},
};

/// An event's position in its conversation's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPosition {
    /// The conversation.
    pub conversation: ConversationId,
    /// The event.
    pub seq: Seq,
    /// When the server took its command.
    pub at: Timestamp,
}

impl EventPosition {
    /// The position of an event.
    pub fn of(event: &Event) -> Self {
        Self { conversation: event.conversation, seq: event.seq, at: event.at }
    }
}
