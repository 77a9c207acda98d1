//! `/sessions`: signing in.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, id::Timestamp, user::User};

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
    /// The second factor, of a name that has one: six digits of its app, or a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
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

/// The number of a user's sessions that are listed, the last used first.
pub const MAX_SESSIONS_LISTED: usize = 100;

/// A session of the user who asks, as `GET /me/sessions` lists it. `DELETE /me/sessions/{id}` ends it and its connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct SessionView {
    /// Names it.
    pub id: u64,
    /// The browser and its system, such as “Firefox, Linux”; none where they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The address that it was last used from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    pub last_used: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// `GET /me/sessions` and `GET /accounts/{id}/sessions`: the last used first, at most [`MAX_SESSIONS_LISTED`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Sessions {
    /// The sessions.
    pub sessions: Vec<SessionView>,
}
