//! Who has read a message, as far as people share that.

use async_trait::async_trait;
use confab_shared::{
    api::Reader,
    id::{ConversationId, Seq, UserId},
};

use super::error::StorageError;

/// Members who have read up to a message, or further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReaderRun {
    /// The members and how far they have read, in the order of their ids.
    pub readers: Vec<Reader>,
    /// Whether there are more behind them.
    pub more: bool,
}

/// Read receipts. Only members who take part ([`crate::domain::presence`]) and share their read positions give any.
#[async_trait]
pub trait ReceiptStorage {
    /// Whether a user shares their read positions: unless they decided otherwise, they do.
    async fn shares_read_positions(&self, user: UserId) -> Result<bool, StorageError>;

    /// Sets whether a user shares their read positions. What others saw before stays seen.
    async fn set_shares_read_positions(&self, user: UserId, shares: bool) -> Result<(), StorageError>;

    /// The members other than the one who asks who have read up to a seq, at most `limit` behind an id; none where the one who
    /// asks is no member.
    async fn readers(
        &self,
        user: UserId,
        id: ConversationId,
        seq: Seq,
        after: UserId,
        limit: usize,
    ) -> Result<Option<ReaderRun>, StorageError>;
}
