//! What users have begun to write and not sent.

use async_trait::async_trait;
use confab_shared::{
    draft::{Draft, DraftKey},
    id::{Timestamp, UserId},
};

use super::error::StorageError;
use crate::domain::draft::DraftEdit;

/// What became of a change of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftOutcome {
    /// The draft, which has changed.
    Changed(Draft),
    /// The draft, which is as it was.
    Kept(Draft),
    /// It has another version than the one who changes it knows.
    Conflict,
    /// The user has too many.
    TooMany,
    /// The user is no member of the conversation.
    NoMember,
}

/// Drafts: one of each user and conversation, and one of each thread. Those of conversations that a user has left are not seen.
#[async_trait]
pub trait DraftStorage {
    /// All drafts of a user that have a text, the last changed first.
    async fn drafts(&self, user: UserId) -> Result<Vec<Draft>, StorageError>;

    /// A draft, of version 0 where it never was; none where the user is no member of the conversation.
    async fn draft(&self, user: UserId, of: DraftKey) -> Result<Option<Draft>, StorageError>;

    /// Changes a draft as `domain::draft` decides.
    async fn change_draft(
        &self,
        user: UserId,
        of: DraftKey,
        edit: DraftEdit,
        at: Timestamp,
    ) -> Result<DraftOutcome, StorageError>;
}
