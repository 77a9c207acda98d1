//! What a message says.

use confab_shared::id::UserId;

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) text: String,
    /// Whom it mentions; of an unsent message, whom it may mention.
    pub(crate) mentions: Vec<UserId>,
}
