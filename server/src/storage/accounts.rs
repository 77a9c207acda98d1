//! Accounts, as storage keeps them.

use async_trait::async_trait;
use confab_shared::{
    api::{Account, AccountChange},
    id::{ConversationId, Timestamp, UserId},
    user::{ServerRole, User},
};

use super::{
    device::Device,
    error::StorageError,
    name::{NewDisplayName, NewName},
};
use crate::domain::sign_in::SecretHash;

/// An account that is to be made, with its first session.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name.
    pub name: NewName,
    /// The display name.
    pub display_name: Option<NewDisplayName>,
    /// The password's hash.
    pub password: String,
    /// The secret of the set-up link or of an invitation, hashed.
    pub invitation: Option<SecretHash>,
    /// Whether anybody may make one without a secret.
    pub registration: bool,
    /// The session's token, hashed.
    pub token: SecretHash,
    /// What signs in.
    pub device: Device,
    /// Now.
    pub at: Timestamp,
}

/// What became of a new account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewAccountOutcome {
    /// It is made, and its session has begun.
    Made {
        /// The user.
        user: User,
        /// What they may do.
        role: ServerRole,
        /// Who invited them, and to which groups.
        invited: Option<(User, Vec<ConversationId>)>,
    },
    /// Somebody has the name, or one that looks like it.
    NameTaken,
    /// The display name looks like the name of somebody else.
    DisplayNameTaken,
    /// The secret opens nothing.
    BadInvitation,
    /// An invitation is needed.
    Closed,
}

/// What became of a change of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChangeOutcome {
    /// It is made.
    Changed(Account),
    /// The actor may not.
    Forbidden,
    /// There is no such user.
    Unknown,
}

/// Accounts.
#[async_trait]
pub trait Accounts {
    /// Makes an account as `domain::account` decides.
    async fn create_account(&self, new: NewAccount) -> Result<NewAccountOutcome, StorageError>;

    /// The account of a user.
    async fn account(&self, user: UserId) -> Result<Option<Account>, StorageError>;

    /// Accounts whose name key, or the key of whose display name, begins with a prefix, in the order of the name keys, behind
    /// one.
    async fn accounts(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Account>, StorageError>;

    /// Changes an account as `domain::account` decides; without an actor, for whoever runs the server. The sessions of who
    /// is deactivated end, and those of whose second factor is reset.
    async fn change_account(
        &self,
        actor: Option<UserId>,
        target: UserId,
        change: AccountChange,
        at: Timestamp,
    ) -> Result<AccountChangeOutcome, StorageError>;

    /// Whether there is an active owner.
    async fn has_owner(&self) -> Result<bool, StorageError>;
}
