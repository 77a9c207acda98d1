//! People were asked to join.

use serde::{Deserialize, Serialize};

use super::content::EventContent;
use crate::{decode::Decode, id::UserId};

/// Users who were asked to join, and are no members yet: each decides, and one who accepts is in a later
/// [`Joined`](super::Joined) of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Invited {
    /// The users who were asked.
    pub users: Vec<UserId>,
}

impl EventContent for Invited {
    fn users(&self) -> Vec<UserId> {
        self.users.clone()
    }
}
