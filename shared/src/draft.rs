//! Drafts: what a user has begun to write and not sent, on every device.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{ConversationId, Timestamp},
};

/// The most drafts that a user may have.
pub const MAX_DRAFTS: usize = 200;

/// A draft of a user in a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Draft {
    /// The conversation.
    pub conversation: ConversationId,
    /// The text; empty where there is none, or none any more.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Grows with every change, also with one that removes the text; 0 before the first.
    pub version: u64,
    /// When it was changed last.
    pub at: Timestamp,
}
