//! `/sessions`: signing in.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, user::User};

/// `POST /sessions`: signs in under a name. Answered by [`SignedIn`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The name: see [`crate::text::UserName`].
    pub name: String,
    /// Proves that a name that was taken before is the sender's own: [`SignedIn::guest_key`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_key: Option<String>,
    /// The password, of a name that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// A session that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct SignedIn {
    /// The session's secret, for `Authorization: Bearer` and `hello`. `DELETE /session` ends it.
    pub token: String,
    /// The name's secret: its holder can sign in again under this name. None of a name that a password opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_key: Option<String>,
    /// The user who is signed in.
    pub user: User,
}
