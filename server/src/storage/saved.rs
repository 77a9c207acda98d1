//! Messages that users keep at hand.

use async_trait::async_trait;
use confab_shared::{
    api::SavedCursor,
    id::{ConversationId, Seq, Timestamp, UserId},
};

use super::error::StorageError;

/// What became of a message that is to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// It is saved, now or since before.
    Saved,
    /// The user has saved as many as one may.
    TooMany,
    /// The user is no member of its conversation.
    NoMember,
}

/// Saved messages: which they are. What they say is read from their conversations.
#[async_trait]
pub trait SavedStorage {
    /// Saves a message; one that is saved stays in its place. A user has at most [`MAX_SAVED`](confab_shared::api::MAX_SAVED).
    async fn save(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        at: Timestamp,
    ) -> Result<SaveOutcome, StorageError>;

    /// Saves a message no more; one that is not saved is fine.
    async fn unsave(&self, user: UserId, id: ConversationId, seq: Seq) -> Result<(), StorageError>;

    /// The saved messages of a user before a place, the last saved first, at most `limit`, of conversations that the user is in.
    async fn saved(
        &self,
        user: UserId,
        before: Option<SavedCursor>,
        limit: usize,
    ) -> Result<Vec<SavedCursor>, StorageError>;
}
