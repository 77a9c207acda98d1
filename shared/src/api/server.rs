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
    /// Whether anybody may make an account without an invitation.
    #[serde(default)]
    pub registration: bool,
    /// Whether anyone who reaches the server can come in, and it listens to more than this machine.
    #[serde(default)]
    pub exposed: bool,
}

/// `GET, PATCH /settings`: what the owner decides. A change has what it changes; the answer has all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Settings {
    /// Whether anybody may make an account without an invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<bool>,
    /// Whether admins have to have a second factor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admins_need_second_factor: Option<bool>,
    /// The largest file that may be uploaded, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment_bytes: Option<u64>,
    /// How much all files of one person may have together, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_bytes: Option<u64>,
    /// Whether previews of links are fetched; none where the server was started without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_previews: Option<bool>,
}
