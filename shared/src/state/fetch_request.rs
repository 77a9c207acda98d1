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
    /// The newest replies of the thread of a root (`State::messages`, `State::thread_gone`).
    Thread(ConversationId, Seq),
    /// A message that another replies to, the thread whose replies they are where it is one, and its seq: one item around it
    /// (`State::messages`).
    Quoted(ConversationId, Option<Seq>, Seq),
    /// How far the thread of a root is read (`State::thread_state`).
    ThreadState(ConversationId, Seq),
    /// The threads that the user follows, in this conversation and others (`State::thread_list`).
    Threads(ConversationId),
}

impl FetchRequest {
    /// The conversation that is concerned.
    #[must_use]
    pub fn conversation(self) -> ConversationId {
        match self {
            Self::Conversation(id)
            | Self::After(id, _)
            | Self::Newest(id)
            | Self::Around(id, _)
            | Self::Thread(id, _)
            | Self::Quoted(id, ..)
            | Self::ThreadState(id, _)
            | Self::Threads(id) => id,
        }
    }
}
