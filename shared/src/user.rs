//! Users and their presence.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{Timestamp, UserId},
    text::UserName,
};

/// A person or a program that takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct User {
    /// Names the user in events, for as long as the storage exists.
    pub id: UserId,
    /// The name that people see and mention.
    pub name: UserName,
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
