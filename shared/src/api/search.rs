//! `/search`: messages of all conversations that a user is in.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{ConversationId, Seq, Timestamp},
    message::Message,
    user::User,
};

/// The most hits that one request may ask for.
pub const MAX_HITS_PER_PAGE: usize = 50;

/// The hits of a request that does not say how many.
pub const HITS_PER_PAGE: usize = 20;

/// The furthest from UTC that a request may be, in minutes.
pub const MAX_UTC_OFFSET: i32 = 14 * 60;

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct SearchHit {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message, as it is now.
    pub message: Message,
}

/// `GET /search?q=QUERY&cursor=CURSOR&limit=N&utc_offset=MINUTES`: the messages that match a query
/// ([`crate::search_query`]), in conversations that the user is in. Recent ones and good matches come first; with a filter
/// `in:` the newest. `limit` is 1 to [`MAX_HITS_PER_PAGE`], [`HITS_PER_PAGE`] by default. `utc_offset` says where days begin,
/// in minutes to the east of UTC; 0 by default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct SearchPage {
    /// The hits; there may be further ones even if they are fewer than `limit`, or none.
    pub hits: Vec<SearchHit>,
    /// The users whom they name.
    pub users: Vec<User>,
    /// The `cursor` of the next page, where there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<SearchCursor>,
    /// Whether the index had all messages. If not, it is being built, or is behind: messages may be missing.
    pub complete: bool,
}

/// The place of a page of hits. On the wire it is a text, `AT-CONVERSATION-SEQ-SKIPPED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
#[serde(try_from = "String", into = "String")]
pub struct SearchCursor {
    /// Messages from this time on have been searched, but for those of the time itself that are before the message.
    pub at: Timestamp,
    /// The message's conversation.
    pub conversation: ConversationId,
    /// The message.
    pub seq: Seq,
    /// How many of the hits from there on were on earlier pages.
    pub skipped: u64,
}

/// A text that is no [`SearchCursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSearchCursor;

impl fmt::Display for BadSearchCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor is a time, a conversation, a seq and a number, with hyphens between them")
    }
}

impl std::error::Error for BadSearchCursor {}

impl fmt::Display for SearchCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{}", self.at, self.conversation, self.seq, self.skipped)
    }
}

impl FromStr for SearchCursor {
    type Err = BadSearchCursor;

    fn from_str(text: &str) -> Result<Self, BadSearchCursor> {
        let mut parts = text.splitn(4, '-').map(str::parse::<u64>);
        let mut number = || parts.next().and_then(Result::ok).ok_or(BadSearchCursor);
        Ok(Self {
            at: Timestamp(number()?),
            conversation: ConversationId(number()?),
            seq: Seq(number()?),
            skipped: number()?,
        })
    }
}

impl TryFrom<String> for SearchCursor {
    type Error = BadSearchCursor;

    fn try_from(text: String) -> Result<Self, BadSearchCursor> {
        text.parse()
    }
}

impl From<SearchCursor> for String {
    fn from(cursor: SearchCursor) -> Self {
        cursor.to_string()
    }
}
