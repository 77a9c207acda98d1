//! `/saved`: messages that a user keeps at hand.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{ConversationId, Seq, Timestamp},
    message::Message,
    user::User,
};

/// The most saved messages that one request may ask for.
pub const MAX_SAVED_PER_PAGE: usize = 50;

/// The most messages that a user may have saved, those included that do not show.
pub const MAX_SAVED: usize = 1_000;

/// A saved message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct SavedMessage {
    /// The conversation.
    pub conversation: ConversationId,
    /// When it was saved.
    pub saved_at: Timestamp,
    /// The message, as it is now.
    pub message: Message,
}

/// `GET /saved?before=CURSOR&limit=N`: saved messages, the last saved first; those that were deleted, or are in conversations
/// that the user has left, are not among them. `limit` is 1 to [`MAX_SAVED_PER_PAGE`], which is the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Saved {
    /// The messages.
    pub messages: Vec<SavedMessage>,
    /// The users whom they name.
    pub users: Vec<User>,
    /// The `before` of the next page, where there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<SavedCursor>,
}

/// The place of a saved message in the list, which begins with the greatest. On the wire it is a text, `AT-CONVERSATION-SEQ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Decode)]
#[serde(try_from = "String", into = "String")]
pub struct SavedCursor {
    /// When it was saved.
    pub saved_at: Timestamp,
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub seq: Seq,
}

/// A text that is no [`SavedCursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSavedCursor;

impl fmt::Display for BadSavedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor is a time, a conversation and a seq, with hyphens between them")
    }
}

impl std::error::Error for BadSavedCursor {}

impl fmt::Display for SavedCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.saved_at, self.conversation, self.seq)
    }
}

impl FromStr for SavedCursor {
    type Err = BadSavedCursor;

    fn from_str(text: &str) -> Result<Self, BadSavedCursor> {
        let mut parts = text.splitn(3, '-').map(str::parse::<u64>);
        let mut number = || parts.next().and_then(Result::ok).ok_or(BadSavedCursor);
        Ok(Self {
            saved_at: Timestamp(number()?),
            conversation: ConversationId(number()?),
            seq: Seq(number()?),
        })
    }
}

impl TryFrom<String> for SavedCursor {
    type Error = BadSavedCursor;

    fn try_from(text: String) -> Result<Self, BadSavedCursor> {
        text.parse()
    }
}

impl From<SavedCursor> for String {
    fn from(cursor: SavedCursor) -> Self {
        cursor.to_string()
    }
}
