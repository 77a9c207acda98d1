//! The trait that the contents of all kinds of events implement.

use crate::{
    conversation::Conversation,
    id::{Seq, Timestamp, UserId},
    message::Message,
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
    fn apply(&self, _event: &Occurrence, _conversation: &mut Conversation, _me: UserId) {}

    /// The message that the event changes. A kind without one is an item of the timeline itself.
    fn target(&self) -> Option<Seq> {
        None
    }

    /// The root of the thread that has a reply more or less by the event: what it shows of its thread changes.
    fn changed_root(&self) -> Option<Seq> {
        None
    }

    /// Changes the message of [`Self::target`], or of [`Self::changed_root`]. The event is newer than all that changed it
    /// before.
    fn apply_to_message(&self, _event: &Occurrence, _message: &mut Message) {}

    /// The users whom the content names; some may come twice.
    fn users(&self) -> Vec<UserId> {
        Vec::new()
    }
}
