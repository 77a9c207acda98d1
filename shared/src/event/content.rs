//! The trait that the contents of all kinds of events implement.

use crate::{
    conversation::Conversation,
    id::{Seq, Timestamp, UserId},
};

/// When, where in the log and by whom an event happened.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence {
    /// The number of the event.
    pub seq: Seq,
    /// When the server took its command.
    pub at: Timestamp,
    /// The user whose command made it.
    pub by: UserId,
}

/// What a kind of event is and does.
pub trait EventContent {
    /// Changes the conversation as `me` sees it. The event is the next one of the conversation.
    fn apply(&self, event: &Occurrence, conversation: &mut Conversation, me: UserId);

    /// The users whom the content names.
    fn users(&self) -> &[UserId] {
        &[]
    }
}
