//! `/users`: finding people.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, user::User};

/// The most users that a search answers with.
pub const MAX_USERS_FOUND: usize = 20;

/// `GET /users?query=TEXT`: users whose name or display name begins so, at most [`MAX_USERS_FOUND`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Users {
    /// Those whose name begins so, in the order of their names; then those whose display name does, in its order.
    pub users: Vec<User>,
}
