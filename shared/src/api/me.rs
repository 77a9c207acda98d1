//! `/me`: the signed-in user.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, user::User};

/// The shortest password, in characters (Unicode scalar values).
pub const MIN_PASSWORD_CHARS: usize = 8;

/// The longest password, in characters (Unicode scalar values).
pub const MAX_PASSWORD_CHARS: usize = 256;

/// `GET /me`: who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Me {
    /// The user.
    pub user: User,
    /// Whether a password opens the name.
    pub has_password: bool,
}

/// `PATCH /me`: changes what is given. Answered by [`Me`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeChange {
    /// Sets the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordChange>,
}

/// A new password. It keeps a guest's name; every other session of the user ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChange {
    /// The password before, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Any characters, from [`MIN_PASSWORD_CHARS`] to [`MAX_PASSWORD_CHARS`] of them, and not easy to guess.
    pub new: String,
}
