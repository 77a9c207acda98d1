//! `/conversations`: finding and creating conversations, and their members.

use serde::{Deserialize, Serialize};

use crate::{
    conversation::{Conversation, ListCursor},
    decode::Decode,
    id::{ClientId, Seq},
    user::{Presence, User},
};

/// `POST /conversations`. Answered by [`ConversationView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NewConversation {
    /// Finds or makes the conversation with one person.
    Direct {
        /// Their name.
        user: String,
    },
    /// Makes a group.
    Group {
        /// Makes a retry harmless.
        client_id: ClientId,
        /// The title: see [`crate::text::Title`].
        title: String,
        /// The names of the others.
        members: Vec<String>,
    },
}

/// `PUT /conversations/{id}/unread`: moves the read position of the asker back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkUnread {
    /// The first event that is to be unread, with all behind it. Where the read position is not beyond it, nothing changes.
    pub seq: Seq,
}

/// One conversation and the users whom it names: `GET /conversations/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ConversationView {
    /// The conversation as the asker sees it.
    pub conversation: Conversation,
    /// The users whom it names.
    pub users: Vec<User>,
    /// The presence of the other member of a direct conversation in which both have posted.
    pub presence: Vec<Presence>,
}

/// How many conversations one page has at most, and unless the client asks for another number.
pub const MAX_CONVERSATIONS_PER_PAGE: usize = 200;

/// `GET /conversations?before=CURSOR&limit=N`: a part of the list of the asker's conversations, the latest activity first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ConversationPage {
    /// The conversations, all that there are between `before` and the last one.
    pub conversations: Vec<Conversation>,
    /// Where there are more: the `before` of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<ListCursor>,
    /// Every user whom `conversations` names.
    pub users: Vec<User>,
    /// Presence, as in [`crate::protocol::Welcome`].
    pub presence: Vec<Presence>,
}

/// How many members one page has unless the client asks for another number.
pub const MEMBERS_PER_PAGE: usize = 100;

/// How many members one page has at most.
pub const MAX_MEMBERS_PER_PAGE: usize = 500;

/// `GET /conversations/{id}/members?after=NAME&after_shown=TEXT&query=TEXT&limit=N`: members, in the order of the keys
/// ([`crate::name_key`]) of what is shown of them, then of their names. `after` is the name of the last one before, and
/// `after_shown` what was shown of them ([`User::shown_name`]), which may have changed since. Refused with `forbidden` to guests of the server in the conversation of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Members {
    /// The members who come after `after`, and whose name or display name begins with `query`.
    pub users: Vec<User>,
    /// The presence of those of them who share a conversation with the asker by choice: this one or a direct one, where
    /// both have posted (or made the group).
    pub presence: Vec<Presence>,
    /// Whether there are more: those after the last of `users`.
    pub more: bool,
}
