//! A message was posted.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    conversation::{Conversation, LastMessage, ReadPosition, UnreadMention},
    decode::Decode,
    id::UserId,
    text::MessageText,
};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Posted {
    /// The text.
    pub text: MessageText,
    /// The number of the message among the conversation's messages, deleted ones included, from 1.
    pub ordinal: u64,
    /// The members whom the text mentions, the author left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
}

impl EventContent for Posted {
    fn apply(&self, event: &Occurrence, conversation: &mut Conversation, me: UserId) {
        let read = conversation.unread() == 0;
        conversation.message_count += 1;
        if event.by == me && read {
            // An author with nothing unread has read their own message.
            let position = ReadPosition { read_seq: event.seq, read_count: conversation.message_count };
            conversation.move_read_position(position);
        }
        if self.mentions.contains(&me) {
            conversation.push_mention(UnreadMention { seq: event.seq, event: event.seq });
        }
        conversation.last_activity_at = event.at;
        let text = self.text.as_str();
        match &mut conversation.last_message {
            Some(last) => last.replace(event.seq, event.by, event.at, text),
            None => conversation.last_message = Some(LastMessage::new(event.seq, event.by, event.at, text)),
        }
    }
}
