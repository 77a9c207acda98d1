//! `/me`: the signed-in user.

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    decode::Decode,
    user::{ServerRole, User},
};

/// The shortest password, in characters (Unicode scalar values).
pub const MIN_PASSWORD_CHARS: usize = 8;

/// The longest password, in characters (Unicode scalar values).
pub const MAX_PASSWORD_CHARS: usize = 256;

/// `GET /me`: who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Me {
    /// The user.
    pub user: User,
    /// What they may do on the server.
    pub role: ServerRole,
    /// Whether a password opens the name.
    pub has_password: bool,
    /// Whether a second factor is asked for.
    pub has_second_factor: bool,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
    /// Whether people whom the user has never met have to ask before they add the user to a group: what the user decided,
    /// or else what holds for their role.
    pub asks_before_groups: bool,
    /// Whether others see how far the user has read: true unless the user decided otherwise.
    pub shares_read_positions: bool,
}

/// `PATCH /me`: changes what is given, one thing at most (`bad_request`). Answered by [`Me`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeChange {
    /// Sets the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordChange>,
    /// Sets the display name ([`crate::text::DisplayName`]); an empty one, or null, removes it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_as_empty")]
    pub display_name: Option<String>,
    /// Sets [`Me::asks_before_groups`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks_before_groups: Option<bool>,
    /// Sets [`Me::shares_read_positions`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares_read_positions: Option<bool>,
}

/// A text that is given, where null stands for an empty one.
fn null_as_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Some(Option::<String>::deserialize(deserializer)?.unwrap_or_default()))
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

/// `POST /me/second-factor`: asks for a new secret. Answered by [`SecondFactorSecret`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSecondFactor {
    /// The user's password.
    pub password: String,
}

/// A new secret for an app that shows one-time codes (TOTP, RFC 6238). It is asked for once
/// `PUT /me/second-factor` has confirmed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct SecondFactorSecret {
    /// The secret in base32, to be typed.
    pub secret: String,
    /// The same as an `otpauth:` address, for an app on this device.
    pub uri: String,
    /// The address as a QR code: how many modules a side has.
    pub qr_size: u32,
    /// The dark modules of the QR code, as the data of an SVG path in a box of that size.
    pub qr_path: String,
}

/// `PUT /me/second-factor`: confirms the secret. Answered by [`RecoveryCodes`].
/// `DELETE /me/second-factor` removes the second factor, with a code or a recovery code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorCode {
    /// What the app shows.
    pub code: String,
}

/// What opens the account once each, in place of the second factor. They are answered once, and stored hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}
