//! Why a command is refused.

use confab_shared::text::UserName;

/// A command that is refused changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such conversation, or the user is not a member: both give the same answer.
    #[error("there is no such conversation, or the user is no member")]
    UnknownConversation,
    /// The kind of conversation does not have the action.
    #[error("this kind of conversation does not have the action")]
    WrongKind,
    /// No user has the name.
    #[error("no user is called {0}")]
    UnknownUser(UserName),
    /// The conversation has no such message, or it was deleted.
    #[error("there is no such message, or it was deleted")]
    UnknownMessage,
    /// There is no such attachment, it is another's, or it is in a message already.
    #[error("there is no such attachment, it is another's, or it is in a message already")]
    UnknownAttachment,
    /// The message would have nothing to show.
    #[error("the message would have nothing to show")]
    TextEmpty,
    /// The user's role does not allow it.
    #[error("the user may not do this here")]
    Forbidden,
    /// The message has as many different reactions as it can have.
    #[error("the message has too many different reactions")]
    TooManyReactions,
    /// The `client_id` belongs to another command.
    #[error("the client_id belongs to another command")]
    IdempotencyConflict,
}
