//! What the state asks its driver to fetch.

use crate::id::{ConversationId, Seq};

/// Data that the state lacks. The driver of the state fetches it and hands the answer back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchRequest {
    /// The conversation itself (`State::view`, `State::gone`), and then its newest events where it is open.
    Conversation(ConversationId),
    /// The events after a seq (`State::events`).
    After(ConversationId, Seq),
    /// The newest items (`State::messages`).
    Newest(ConversationId),
    /// The items before a seq and those from it on (`State::messages`).
    Around(ConversationId, Seq),
}

impl FetchRequest {
    /// The conversation that is concerned.
    #[must_use]
    pub fn conversation(self) -> ConversationId {
        match self {
            Self::Conversation(id) | Self::After(id, _) | Self::Newest(id) | Self::Around(id, _) => id,
        }
    }
}
