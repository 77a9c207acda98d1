//! A message was deleted.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    conversation::{Conversation, LastMessage},
    decode::Decode,
    id::{Seq, UserId},
    message::{Message, Stamp},
    text::MessageText,
};

/// A message is no more; a mark stays in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Deleted {
    /// The message.
    pub target: Seq,
    /// Where the newest message was deleted: the one that is the newest now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<LastMessage>,
}

impl EventContent for Deleted {
    fn apply(&self, _event: &Occurrence, conversation: &mut Conversation, _me: UserId) {
        conversation.message_count = conversation.message_count.saturating_sub(1);
        conversation.deleted_count += 1;
        if self.target <= conversation.read_seq {
            conversation.read_count = conversation.read_count.saturating_sub(1);
        }
        conversation.drop_mention(self.target);
        if conversation.last_message.as_ref().is_some_and(|last| last.seq == self.target) {
            conversation.last_message.clone_from(&self.last_message);
        }
    }

    fn users(&self) -> &[UserId] {
        self.last_message.as_ref().map_or(&[], |last| std::slice::from_ref(&last.by))
    }

    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn apply_to_message(&self, event: &Occurrence, message: &mut Message) {
        message.text = MessageText::existing("");
        message.mentions.clear();
        message.edited_at = None;
        message.reactions.clear();
        message.pinned = None;
        message.deleted = Some(Stamp { by: event.by, at: event.at });
    }
}
