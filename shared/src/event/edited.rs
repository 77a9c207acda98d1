//! A message was edited.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    conversation::{Conversation, UnreadMention},
    decode::Decode,
    id::{Seq, UserId},
    mentions::is_mentioned,
    message::{Message, is_in_timeline},
    preview::retain_linked,
    text::MessageText,
};

/// Another text of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Edited {
    /// The message.
    pub target: Seq,
    /// The text from now on.
    pub text: MessageText,
    /// The members whom the text mentions, the author left out; what they were where the message was posted with
    /// [`UserId::ALL`] or [`UserId::HERE`]: an edit neither adds nor takes away a mention of many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// Those of `mentions` whom no earlier text of the message mentioned: they are notified, the others were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<UserId>,
    /// The root of the thread, where the message is a reply of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// Whether a reply of a thread shows in the timeline, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_in_conversation: bool,
}

impl Edited {
    /// Another text of a message that is no reply of a thread.
    #[must_use]
    pub fn new(target: Seq, text: MessageText, mentions: Vec<UserId>, notify: Vec<UserId>) -> Self {
        Self { target, text, mentions, notify, thread: None, also_in_conversation: false }
    }

    /// Whether the message shows in the timeline.
    #[must_use]
    pub fn is_in_timeline(&self) -> bool {
        is_in_timeline(self.thread, self.also_in_conversation)
    }
}

impl EventContent for Edited {
    fn apply(&self, event: &Occurrence, conversation: &mut Conversation, me: UserId) {
        if !self.is_in_timeline() {
            return;
        }
        if let Some(last) = conversation.last_message.as_mut().filter(|last| last.seq == self.target) {
            last.set_text(self.text.as_str());
        }
        if !is_mentioned(&self.mentions, event.by, me) {
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
        retain_linked(&mut message.previews, self.text.as_str());
    }
}
