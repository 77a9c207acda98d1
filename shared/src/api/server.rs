//! `/server`: information that a client needs before a user signs in.

use serde::{Deserialize, Serialize};

use crate::decode::Decode;

/// Who may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Anyone, under a free name, as a guest.
    Open,
    /// Only people with an account or an invitation.
    Accounts,
}

/// `GET /server`: what a page needs to know before anybody signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ServerInfo {
    /// Who may sign in.
    pub access: Access,
    /// The server's version.
    pub version: String,
}
