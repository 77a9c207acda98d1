//! Saved messages of the reference.

use async_trait::async_trait;
use confab_shared::{
    api::{MAX_SAVED, SavedCursor},
    id::{ConversationId, Seq, Timestamp, UserId},
};

use super::Memory;
use crate::storage::{
    StorageError,
    saved::{SaveOutcome, SavedStorage},
};

#[async_trait]
impl SavedStorage for Memory {
    async fn save(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        at: Timestamp,
    ) -> Result<SaveOutcome, StorageError> {
        let mut tables = self.tables();
        if !tables.is_member(user, id) {
            return Ok(SaveOutcome::NoMember);
        }
        let count = tables.saved.keys().filter(|(by, ..)| *by == user).count();
        if count >= MAX_SAVED && !tables.saved.contains_key(&(user, id, seq)) {
            return Ok(SaveOutcome::TooMany);
        }
        tables.saved.entry((user, id, seq)).or_insert(at);
        Ok(SaveOutcome::Saved)
    }

    async fn unsave(&self, user: UserId, id: ConversationId, seq: Seq) -> Result<(), StorageError> {
        self.tables().saved.remove(&(user, id, seq));
        Ok(())
    }

    async fn saved(
        &self,
        user: UserId,
        before: Option<SavedCursor>,
        limit: usize,
    ) -> Result<Vec<SavedCursor>, StorageError> {
        let tables = self.tables();
        let own = tables.saved.iter().filter(|((by, id, _), _)| *by == user && tables.is_member(user, *id));
        let own = own.map(|((_, conversation, seq), saved_at)| SavedCursor {
            saved_at: *saved_at,
            conversation: *conversation,
            seq: *seq,
        });
        let mut saved: Vec<_> = own.filter(|place| before.is_none_or(|before| *place < before)).collect();
        saved.sort_unstable_by_key(|place| std::cmp::Reverse(*place));
        saved.truncate(limit);
        Ok(saved)
    }
}
