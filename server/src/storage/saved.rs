//! Messages that users keep at hand.

use async_trait::async_trait;
use confab_shared::{
    api::SavedCursor,
    id::{ConversationId, Seq, Timestamp, UserId},
};

use super::error::StorageError;

/// Saved messages: which they are. What they say is read from their conversations.
#[async_trait]
pub trait SavedStorage {
    /// Saves a message; one that is saved stays in its place. Answers whether the user is a member of its conversation.
    async fn save(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        at: Timestamp,
    ) -> Result<bool, StorageError>;

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
