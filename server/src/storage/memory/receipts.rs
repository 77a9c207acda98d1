//! Read receipts of the reference.

use async_trait::async_trait;
use confab_shared::{
    api::Reader,
    id::{ConversationId, Seq, UserId},
};

use super::{Memory, Tables};
use crate::storage::{
    StorageError,
    receipts::{ReaderRun, ReceiptStorage},
};

impl Tables {
    /// Whether a user shares their read positions.
    pub(super) fn shares(&self, user: UserId) -> bool {
        self.row(user).is_none_or(|row| row.shares_read_positions)
    }
}

#[async_trait]
impl ReceiptStorage for Memory {
    async fn shares_read_positions(&self, user: UserId) -> Result<bool, StorageError> {
        Ok(self.tables().shares(user))
    }

    async fn set_shares_read_positions(&self, user: UserId, shares: bool) -> Result<(), StorageError> {
        self.tables().row_mut(user).expect("users are never deleted").shares_read_positions = shares;
        Ok(())
    }

    async fn readers(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        after: UserId,
        limit: usize,
    ) -> Result<Option<ReaderRun>, StorageError> {
        let tables = self.tables();
        let row = tables.conversations.get(&id).filter(|row| row.positions.contains_key(&user));
        let Some(row) = row else { return Ok(None) };
        let has_read = row.positions.iter().filter(|(_, position)| position.read_seq >= seq);
        let readers = has_read.map(|(reader, _)| *reader).filter(|reader| {
            *reader > after && *reader != user && row.taking_part.contains(reader) && tables.shares(*reader)
        });
        let readers: Vec<_> = readers.collect();
        let more = readers.len() > limit;
        let reader =
            |id: UserId| Reader { user: tables.user(id).user.clone(), read_seq: row.positions[&id].read_seq };
        Ok(Some(ReaderRun { readers: readers.into_iter().take(limit).map(reader).collect(), more }))
    }
}
