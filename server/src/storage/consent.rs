//! What users decided about being added to groups, and the requests to join groups that they have.

use async_trait::async_trait;
use confab_shared::{
    group_request::GroupRequest,
    id::{ConversationId, UserId},
};

use super::error::StorageError;

/// Consent to be added to groups. Requests are made, and end, by commands.
#[async_trait]
pub trait ConsentStorage {
    /// Whether a user is asked before people whom they never met add them, as they decided; none where they did not.
    async fn asks_before_groups(&self, user: UserId) -> Result<Option<bool>, StorageError>;

    /// Sets whether a user is asked.
    async fn set_asks_before_groups(&self, user: UserId, asks: bool) -> Result<(), StorageError>;

    /// The requests to join groups that a user has not answered, the newest first.
    async fn group_requests(&self, user: UserId) -> Result<Vec<GroupRequest>, StorageError>;

    /// Declines a request to join a group, or one that is declined already. Answers whether there is one. It stays until
    /// the user becomes a member, or the group has none.
    async fn decline_group_request(&self, user: UserId, group: ConversationId) -> Result<bool, StorageError>;
}
