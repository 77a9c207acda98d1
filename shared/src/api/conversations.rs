//! `/conversations`: finding and creating conversations, and their members.

use serde::{Deserialize, Serialize};

use crate::{
    conversation::Conversation,
    decode::Decode,
    id::ClientId,
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

/// One conversation and the users whom it names: `GET /conversations/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ConversationView {
    /// The conversation as the asker sees it.
    pub conversation: Conversation,
    /// The users whom it names.
    pub users: Vec<User>,
    /// The presence of the other member of a direct conversation.
    pub presence: Vec<Presence>,
}

/// `GET /conversations/{id}/members`: the members, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Members {
    /// The members.
    pub users: Vec<User>,
    /// Their presence.
    pub presence: Vec<Presence>,
}
