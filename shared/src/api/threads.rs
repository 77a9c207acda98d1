//! `/threads` and `/conversations/{id}/threads/{root}`: the threads that the user follows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{ConversationId, Seq, Timestamp},
    message::Message,
    thread::ThreadState,
    user::User,
};

/// How many threads one page has at most, and unless the client asks for another number.
pub const MAX_THREADS_PER_PAGE: usize = 50;

/// `PUT /conversations/{id}/threads/{root}`: follows a thread or not any more; also one without replies. Answered by
/// [`ThreadState`], as is `GET`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadChange {
    /// Whether the user is to follow it.
    pub following: bool,
}

/// A thread that the user follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct FollowedThread {
    /// How far the user has read it.
    pub state: ThreadState,
    /// The root, as it is now; its [`Message::replies`] say of the thread.
    pub root: Message,
    /// The newest reply, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reply: Option<Message>,
}

/// `GET /threads?unread=true&before=CURSOR&limit=N`: the threads that the user follows, the one with the newest reply first; with
/// `unread`, those with something unread. Those whose root is deleted are left out. `limit` is 1 to [`MAX_THREADS_PER_PAGE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ThreadPage {
    /// The threads.
    pub threads: Vec<FollowedThread>,
    /// Where there are more: the `before` of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<ThreadCursor>,
    /// The users whom they name.
    pub users: Vec<User>,
}

/// The place of a thread in the list of a user, which begins with the greatest: the newest reply, and of equal ones the higher
/// conversation and root. One without replies has the time 0. On the wire it is a text, `AT-CONVERSATION-ROOT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Decode)]
#[serde(try_from = "String", into = "String")]
pub struct ThreadCursor {
    /// When its newest reply was posted.
    pub last_at: Timestamp,
    /// The conversation.
    pub conversation: ConversationId,
    /// The root.
    pub root: Seq,
}

impl fmt::Display for ThreadCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.last_at, self.conversation, self.root)
    }
}

/// A text that is no [`ThreadCursor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadThreadCursor;

impl fmt::Display for BadThreadCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cursor is a time, the id of a conversation and a seq, with hyphens between them")
    }
}

impl std::error::Error for BadThreadCursor {}

impl FromStr for ThreadCursor {
    type Err = BadThreadCursor;

    fn from_str(text: &str) -> Result<Self, BadThreadCursor> {
        let mut parts = text.splitn(3, '-');
        let mut next = || parts.next().ok_or(BadThreadCursor);
        let (at, conversation, root) = (next()?, next()?, next()?);
        Ok(Self {
            last_at: at.parse().map_err(|_| BadThreadCursor)?,
            conversation: conversation.parse().map_err(|_| BadThreadCursor)?,
            root: root.parse().map_err(|_| BadThreadCursor)?,
        })
    }
}

impl TryFrom<String> for ThreadCursor {
    type Error = BadThreadCursor;

    fn try_from(text: String) -> Result<Self, BadThreadCursor> {
        text.parse()
    }
}

impl From<ThreadCursor> for String {
    fn from(cursor: ThreadCursor) -> Self {
        cursor.to_string()
    }
}
