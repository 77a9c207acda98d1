//! What storage is asked for where the bus lost events.

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq},
};

use crate::domain::{audience::Audience, notification::CommittedEvent};

/// A conversation whose events after a seq are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last event that was delivered.
    pub after: Seq,
}

/// The newest of its events, as storage has them.
#[derive(Debug)]
pub struct Repaired {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its kind.
    pub kind: ConversationKind,
    /// Whom its events are for as of its newest one: of a group all members, also those who are connected elsewhere or not at all.
    pub audience: Audience,
    /// Its newest event.
    pub head_seq: Seq,
    /// The events, in seq order, each with its own audience.
    pub events: Vec<CommittedEvent>,
}
