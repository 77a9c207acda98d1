//! `/accounts`: making an account, and the people of a server as its administration sees them.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::Timestamp,
    user::{ServerRole, User},
};

/// The most accounts that one page has.
pub const MAX_ACCOUNTS_PER_PAGE: usize = 50;

/// `POST /accounts`: makes an account. Answered by [`super::SignedIn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// The secret of a set-up link or an invitation; none where anybody may register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The name: see [`crate::text::UserName`].
    pub name: String,
    /// The password: see [`super::PasswordChange`].
    pub password: String,
    /// The display name: see [`crate::text::DisplayName`]. An empty one is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// A person, as the administration sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Account {
    /// The user.
    pub user: User,
    /// What they may do.
    pub role: ServerRole,
    /// Whether they may sign in; a deactivated person may not, and what they wrote stays.
    pub active: bool,
    /// Whether a password opens the name; a guest's name has none.
    pub has_password: bool,
    /// Whether a second factor is asked for.
    pub has_second_factor: bool,
    /// When their last connection ended; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

/// `GET /accounts?query=TEXT&after=NAME`: people in the order of their unique names, at most [`MAX_ACCOUNTS_PER_PAGE`] whose
/// name or display name begins with the text, behind a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Accounts {
    /// The people.
    pub accounts: Vec<Account>,
    /// Whether there are more behind the last.
    pub more: bool,
}

/// `PATCH /accounts/{id}`: changes what is given. Answered by [`Account`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    /// Sets the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<ServerRole>,
    /// Deactivates or reactivates. Deactivation ends every session at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Removes the second factor, of somebody who lost it. Every session ends.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reset_second_factor: bool,
}
