//! A message was posted.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    conversation::{Conversation, LastMessage},
    id::UserId,
    text::MessageText,
};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The text.
    pub text: MessageText,
    /// The number of the message among the conversation's messages, from 1.
    pub ordinal: u64,
    /// The members whom the text mentions, the author left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
}

impl EventContent for Posted {
    fn apply(&self, event: &Occurrence, conversation: &mut Conversation, me: UserId) {
        let own = || conversation.read_position().after_own_message(event.seq, self.ordinal);
        if event.by == me
            && let Some(position) = own()
        {
            conversation.move_read_position(position);
        }
        if self.mentions.contains(&me) {
            conversation.push_mention(event.seq);
        }
        conversation.message_count = self.ordinal;
        conversation.last_activity_at = event.at;
        match &mut conversation.last_message {
            Some(last) => last.replace(event.by, event.at, self.text.as_str()),
            None => {
                let last = LastMessage::new(event.by, event.at, self.text.as_str());
                conversation.last_message = Some(last);
            }
        }
    }
}
