//! Drafts: what a user has begun to write and not sent, on every device.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{ConversationId, Seq, Timestamp},
};

/// The most drafts that a user may have, in conversations and threads together.
pub const MAX_DRAFTS: usize = 200;

/// What a draft is of: a conversation, or one of its threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DraftKey {
    /// The conversation.
    pub conversation: ConversationId,
    /// The root of the thread.
    pub thread: Option<Seq>,
}

impl DraftKey {
    /// The draft of a thread.
    #[must_use]
    pub fn of_thread(conversation: ConversationId, root: Seq) -> Self {
        Self { conversation, thread: Some(root) }
    }

    /// A draft of it, without a text.
    #[must_use]
    pub fn blank(self) -> Draft {
        Draft { conversation: self.conversation, thread: self.thread, ..Draft::default() }
    }
}

impl From<ConversationId> for DraftKey {
    fn from(conversation: ConversationId) -> Self {
        Self { conversation, thread: None }
    }
}

/// A draft of a user in a conversation or in a thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Draft {
    /// The conversation.
    pub conversation: ConversationId,
    /// The root of the thread, where it is a draft of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// The text; empty where there is none, or none any more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Grows with every change, also with one that removes the text; 0 before the first.
    pub version: u64,
    /// When it was changed last.
    pub at: Timestamp,
}

impl Draft {
    /// What it is of.
    #[must_use]
    pub fn key(&self) -> DraftKey {
        DraftKey { conversation: self.conversation, thread: self.thread }
    }
}
