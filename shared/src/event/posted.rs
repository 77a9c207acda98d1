//! A message was posted.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    attachment::{Attachment, AttachmentSummary},
    conversation::{Conversation, LastMessage, ReadPosition, UnreadMention},
    decode::Decode,
    id::{Seq, UserId},
    mentions::is_mentioned,
    message::{Message, ThreadSummary, is_in_timeline},
    text::MessageText,
};

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Posted {
    /// The text.
    pub text: MessageText,
    /// How many messages of the timeline were posted up to this one, deleted ones included: of one that shows in the timeline
    /// its number there, from 1.
    pub ordinal: u64,
    /// The members whom the text mentions, the author left out; [`UserId::ALL`] alone where it mentions all, and
    /// [`UserId::HERE`] with those who were online where it mentions them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// The message that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// The root of the thread that it is a reply of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// Whether a reply of a thread shows in the timeline, too, and counts there like any message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_in_conversation: bool,
    /// The attachments, in their order; an edit leaves them as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// With the first reply of a thread: who wrote the root, and follows the thread from now on, as do the author of every
    /// reply and those whom it mentions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_author: Option<UserId>,
}

impl Posted {
    /// A message of the timeline that replies to none.
    #[must_use]
    pub fn new(text: MessageText, ordinal: u64, mentions: Vec<UserId>) -> Self {
        let (reply_to, thread, root_author) = (None, None, None);
        let (also_in_conversation, attachments) = (false, Vec::new());
        Self { text, ordinal, mentions, reply_to, thread, also_in_conversation, attachments, root_author }
    }

    /// Whether a reply of a thread makes a user follow it.
    #[must_use]
    pub fn makes_follow(&self, by: UserId, user: UserId) -> bool {
        by == user || self.root_author == Some(user) || self.mentions.contains(&user)
    }

    /// Whether it shows in the timeline. A reply that shows only in its thread counts nowhere else.
    #[must_use]
    pub fn is_in_timeline(&self) -> bool {
        is_in_timeline(self.thread, self.also_in_conversation)
    }
}

impl EventContent for Posted {
    fn apply(&self, event: &Occurrence, conversation: &mut Conversation, me: UserId) {
        if !self.is_in_timeline() {
            return;
        }
        let read = conversation.unread() == 0;
        conversation.message_count += 1;
        if event.by == me && read {
            // An author with nothing unread has read their own message.
            let position = ReadPosition { read_seq: event.seq, read_count: conversation.message_count };
            conversation.move_read_position(position);
        }
        if is_mentioned(&self.mentions, event.by, me) {
            conversation.push_mention(UnreadMention { seq: event.seq, event: event.seq });
        }
        conversation.last_activity_at = event.at;
        let text = self.text.as_str();
        match &mut conversation.last_message {
            Some(last) => last.replace(event.seq, event.by, event.at, text),
            None => conversation.last_message = Some(LastMessage::new(event.seq, event.by, event.at, text)),
        }
        if let Some(last) = &mut conversation.last_message {
            last.attachments = AttachmentSummary::of(&self.attachments);
        }
    }

    fn changed_root(&self) -> Option<Seq> {
        self.thread
    }

    fn apply_to_message(&self, event: &Occurrence, root: &mut Message) {
        let replies = root.replies.take();
        root.replies = Some(ThreadSummary::with_reply(replies, event.seq, event.by, event.at));
    }
}
