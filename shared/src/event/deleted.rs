//! A message was deleted.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    conversation::{Conversation, LastMessage},
    decode::Decode,
    id::{Seq, UserId},
    message::{Message, Stamp, ThreadSummary, is_in_timeline},
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
    /// Where it was a reply of a thread: what is left of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Box<DeletedReply>>,
}

/// What the deletion of a thread's reply leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct DeletedReply {
    /// The root of the thread.
    pub thread: Seq,
    /// Whether the reply showed in the timeline, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also_in_conversation: bool,
    /// Who wrote it: for them it was never unread.
    pub author: UserId,
    /// What the root shows of the thread from now on; none where no reply is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies: Option<ThreadSummary>,
}

impl Deleted {
    /// The deletion of a message that is no reply of a thread.
    #[must_use]
    pub fn new(target: Seq, last_message: Option<LastMessage>) -> Self {
        Self { target, last_message, reply: None }
    }

    /// Whether the message showed in the timeline.
    #[must_use]
    pub fn is_in_timeline(&self) -> bool {
        let reply = self.reply.as_ref();
        reply.is_none_or(|reply| is_in_timeline(Some(reply.thread), reply.also_in_conversation))
    }
}

impl EventContent for Deleted {
    fn apply(&self, _event: &Occurrence, conversation: &mut Conversation, _me: UserId) {
        if !self.is_in_timeline() {
            return;
        }
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

    fn users(&self) -> Vec<UserId> {
        let faces = self.reply.iter().flat_map(|reply| &reply.replies).flat_map(|replies| &replies.faces);
        self.last_message.iter().map(|last| last.by).chain(faces.copied()).collect()
    }

    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn changed_root(&self) -> Option<Seq> {
        self.reply.as_ref().map(|reply| reply.thread)
    }

    fn apply_to_message(&self, event: &Occurrence, message: &mut Message) {
        match &self.reply {
            Some(reply) if reply.thread == message.seq => message.replies.clone_from(&reply.replies),
            _ => message.delete(Stamp { by: event.by, at: event.at }),
        }
    }
}

impl Message {
    /// Leaves the mark of a message. What it was a reply of stays, and so do the replies to it.
    pub fn delete(&mut self, deleted: Stamp) {
        self.text = MessageText::existing("");
        self.mentions.clear();
        self.attachments.clear();
        self.previews.clear();
        self.edited_at = None;
        self.reactions.clear();
        self.pinned = None;
        self.deleted = Some(deleted);
    }
}
