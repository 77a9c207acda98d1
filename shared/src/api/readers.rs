//! `/conversations/{id}/messages/{seq}/readers`: who has read a message; and `/conversations/{id}/readers`: how far each has read.

use serde::{Deserialize, Serialize};

use crate::{decode::Decode, id::Seq, user::User};

/// The most readers that one request may ask for.
pub const MAX_READERS_PER_PAGE: usize = 100;

/// The most members that a conversation may have whose members see of each other how far everyone has read.
pub const MAX_SHOWN_READERS: usize = 10;

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

/// `GET /conversations/{id}/readers`: how far the members other than the asker have read, of those who take part and share that,
/// in a conversation of at most [`MAX_SHOWN_READERS`] members; nobody of a larger one. [`ReadSignal`] says how that goes on.
/// `forbidden` to who does not share theirs.
///
/// [`ReadSignal`]: crate::protocol::ReadSignal
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct ReadPositions {
    /// The members, in the order of their ids.
    pub readers: Vec<Reader>,
}

/// A member and how far they have read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Reader {
    /// The member.
    pub user: User,
    /// The last event that is read.
    pub read_seq: Seq,
}
