//! A message was edited.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    conversation::{Conversation, UnreadMention},
    decode::Decode,
    id::{Seq, UserId},
    message::Message,
    text::MessageText,
};

/// Another text of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Edited {
    /// The message.
    pub target: Seq,
    /// The text from now on.
    pub text: MessageText,
    /// The members whom the text mentions, the author left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// Those of `mentions` whom no earlier text of the message mentioned: they are notified, the others were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<UserId>,
}

impl EventContent for Edited {
    fn apply(&self, event: &Occurrence, conversation: &mut Conversation, me: UserId) {
        if let Some(last) = conversation.last_message.as_mut().filter(|last| last.seq == self.target) {
            last.set_text(self.text.as_str());
        }
        if !self.mentions.contains(&me) {
            conversation.drop_mention(self.target);
        } else if self.notify.contains(&me) {
            conversation.push_mention(UnreadMention { seq: self.target, event: event.seq });
        }
    }

    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn apply_to_message(&self, event: &Occurrence, message: &mut Message) {
        message.text = self.text.clone();
        message.mentions.clone_from(&self.mentions);
        message.edited_at = Some(event.at);
    }
}
