//! Bodies of `/api/v1`: JSON over HTTP, `Authorization: Bearer <token>`. Whatever is not a success has an
//! [`crate::protocol::ErrorBody`].

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ClientId, Seq},
    model::{Conversation, Event, Presence, User},
};

/// The most events that one request may ask for.
pub const MAX_EVENTS_PER_PAGE: usize = 200;

/// The most users that a search answers with.
pub const MAX_USERS_FOUND: usize = 20;

/// The most people that one command may add to a group.
pub const MAX_MEMBERS_ADDED: usize = 500;

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Anyone, under a free name, as a guest.
    Open,
    /// Only people with an account or an invitation.
    Accounts,
}

/// `GET /server`: what a page needs to know before anybody signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerInfo {
    /// Who may come in.
    pub access: Access,
    /// The server's version.
    pub version: String,
}

/// `POST /sessions`: comes in under a name. Answered by [`SignedIn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The name: see [`crate::text::UserName`].
    pub name: String,
    /// What proves that the name is one's own, where it was taken before: [`SignedIn::guest_key`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_key: Option<String>,
}

/// A session has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The session's secret: sent as bearer token and in `hello`. `DELETE /session` ends it.
    pub token: String,
    /// The name's secret: whoever holds it can come back under this name.
    pub guest_key: String,
    /// Who one is now.
    pub user: User,
}

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
        /// What it is called: see [`crate::text::Title`].
        title: String,
        /// The names of the others.
        members: Vec<String>,
    },
}

/// `PATCH /conversations/{id}`: renames a group. Answered by [`ConversationView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rename {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// What it is called from now on.
    pub title: String,
}

/// `POST /conversations/{id}/members`: adds people to a group. Answered by [`ConversationView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddMembers {
    /// Makes a retry harmless.
    pub client_id: ClientId,
    /// Their names; who is in it already is passed over.
    pub users: Vec<String>,
}

/// `POST /conversations/{id}/leave`: leaves a group. Answered by 204.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {
    /// Makes a retry harmless.
    pub client_id: ClientId,
}

/// One conversation, with the users whom it names: `GET /conversations/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationView {
    /// The conversation as the asker sees it.
    pub conversation: Conversation,
    /// Who is named in it.
    pub users: Vec<User>,
    /// Whether the other person of a direct conversation is here.
    pub presence: Vec<Presence>,
}

/// `GET /conversations/{id}/members`: who is in it, in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// Who.
    pub users: Vec<User>,
    /// Whether they are here.
    pub presence: Vec<Presence>,
}

/// `GET /conversations/{id}/events?before=SEQ|after=SEQ&limit=N`: a run of the log, in seq order. With `before` the
/// newest events older than it, with `after` the oldest newer than it, with neither the newest of all. `limit` is
/// 1 to [`MAX_EVENTS_PER_PAGE`], 50 unless told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    /// The events: gapless.
    pub events: Vec<Event>,
    /// Who is named in them.
    pub users: Vec<User>,
    /// The conversation's newest seq.
    pub head: Seq,
}

impl EventPage {
    /// Two pages that follow each other, as one.
    #[must_use]
    pub fn joined(self, newer: Self) -> Self {
        let mut joined = self;
        joined.events.extend(newer.events);
        joined.users.extend(newer.users);
        joined.head = joined.head.max(newer.head);
        joined
    }
}

/// `GET /users?query=TEXT`: users whose name begins so, at most [`MAX_USERS_FOUND`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    /// The users, in the order of their names.
    pub users: Vec<User>,
}
