//! Searching messages, and the index that this needs: derived from the logs, and built anew where it is lost.

use std::sync::Arc;

use async_trait::async_trait;
use confab_shared::{
    id::{ConversationId, UserId},
    user::User,
};

use super::error::StorageError;
use crate::domain::search::{FoundPage, Search};

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRun {
    /// The hits: messages as they are now, that the user may see now.
    pub page: FoundPage,
    /// Every user whom they name.
    pub users: Vec<User>,
}

/// How far an index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IndexProgress {
    /// How many events it does not have yet.
    pub behind: u64,
    /// Whether so many events are committed that the index gives way to them: it is to be asked again later.
    pub gives_way: bool,
}

/// Search.
#[async_trait]
pub trait SearchStorage {
    /// Searches the messages of all conversations that a user is a member of. It finds what is indexed, and nothing that does
    /// not match as it is now.
    async fn search(&self, user: UserId, search: Arc<Search>) -> Result<SearchRun, StorageError>;

    /// The direct conversation of two users.
    async fn direct_with(&self, user: UserId, other: UserId) -> Result<Option<ConversationId>, StorageError>;

    /// Indexes a part of what is not indexed yet: work for less than a second. The index is made where there is none, and
    /// anew where it is damaged or of another version. Of several nodes, one at a time does.
    async fn index(&self) -> Result<IndexProgress, StorageError>;

    /// Drops the index, which [`Self::index`] then builds again.
    async fn drop_index(&self) -> Result<(), StorageError>;
}
