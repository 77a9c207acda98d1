//! Users and their presence.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{Timestamp, UserId},
    text::{DisplayName, UserName},
};

/// A person or a program that takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct User {
    /// Names the user in events, for as long as the storage exists.
    pub id: UserId,
    /// The unique name: what one signs in with, mentions and finds people by.
    pub name: UserName,
    /// What the page shows in place of the name. Several users may have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<DisplayName>,
}

impl User {
    /// A user without a display name.
    #[must_use]
    pub fn new(id: UserId, name: UserName) -> Self {
        Self { id, name, display_name: None }
    }

    /// What people see: the display name, or the name where there is none.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        self.display_name.as_ref().map_or(self.name.as_str(), DisplayName::as_str)
    }
}

/// What a user may do on the server. What each may is the server's table, `domain::permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Decode)]
#[serde(rename_all = "snake_case")]
pub enum ServerRole {
    /// Decides who may do what. There is always one where there is an account at all.
    Owner,
    /// Invites and deactivates people.
    Admin,
    /// Has an account.
    Member,
    /// Came in without an account, or was invited as a guest.
    Guest,
}

impl ServerRole {
    /// Every role, the one with the most rights first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Member, Self::Guest];
}

/// Whether a user is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Presence {
    /// The user.
    pub user: UserId,
    /// Whether the user has a connection now.
    pub online: bool,
    /// When the user's last connection ended; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}
