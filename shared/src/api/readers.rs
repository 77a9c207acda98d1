//! `/conversations/{id}/messages/{seq}/readers`: who has read a message.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, user::User};

/// The most readers that one request may ask for.
pub const MAX_READERS_PER_PAGE: usize = 100;

/// `GET /conversations/{id}/messages/{seq}/readers?after=USER&limit=N`: the members other than the asker who have read up to
/// the message, as their positions are now (not those who have marked it as unread since), of those who take part in the conversation and share their read positions, behind the user of an id. `limit` is
/// 1 to [`MAX_READERS_PER_PAGE`], which is the default. `forbidden` to who does not share theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Readers {
    /// The members, in the order of their ids.
    pub users: Vec<User>,
    /// Whether there are more.
    pub more: bool,
}
