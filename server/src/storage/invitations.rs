//! Invitations, as storage keeps them.

use async_trait::async_trait;
use confab_shared::{
    api::Invitation,
    id::{ConversationId, Timestamp, UserId},
    text::UserName,
    user::ServerRole,
};

use super::error::StorageError;
use crate::domain::{account::Door, sign_in::SecretHash};

/// An invitation that is to be made.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// The secret, hashed.
    pub token: SecretHash,
    /// Who invites; none for whoever runs the server.
    pub by: Option<UserId>,
    /// What those who come by it are. An owner by nobody is the set-up link.
    pub role: ServerRole,
    /// How many may come by it.
    pub uses: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The groups that they join.
    pub groups: Vec<ConversationId>,
}

/// An invitation, as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownInvitation {
    /// What it opens.
    pub door: Door,
    /// Who invites.
    pub by: Option<UserName>,
    /// What those who come by it are.
    pub role: ServerRole,
}

/// Invitations.
#[async_trait]
pub trait Invitations {
    /// Makes an invitation, and answers its id.
    async fn invite(&self, new: NewInvitation) -> Result<u64, StorageError>;

    /// Revokes every set-up link.
    async fn revoke_setup_links(&self) -> Result<(), StorageError>;

    /// The invitation of a secret.
    async fn invitation(&self, token: SecretHash) -> Result<Option<KnownInvitation>, StorageError>;

    /// The invitations of a user, or of all, that somebody can still come by, the newest first. Set-up links are not among
    /// them.
    async fn invitations(&self, by: Option<UserId>, at: Timestamp) -> Result<Vec<Invitation>, StorageError>;

    /// Revokes an invitation of a user, or of anybody. Answers whether there was one.
    async fn revoke_invitation(&self, id: u64, by: Option<UserId>) -> Result<bool, StorageError>;
}
