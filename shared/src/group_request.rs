//! Requests to join a group: a member asks, and the user who is asked decides. `POST /conversations/{id}/join` accepts one (a
//! command, `Join`), and `DELETE /conversations/{id}/join` declines it.

use serde::{Deserialize, Serialize};

use crate::{
    decode::Decode,
    id::{ConversationId, Timestamp},
    text::Title,
    user::User,
};

/// How many requests one user may have that they have not answered. Further ones are not made.
pub const MAX_GROUP_REQUESTS: usize = 100;

/// How many of them one and the same user may have made.
pub const MAX_GROUP_REQUESTS_BY_ONE: usize = 5;

/// A group that a user was asked to join. They are no member of it, and see nothing else of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct GroupRequest {
    /// The group.
    pub conversation: ConversationId,
    /// Its title.
    pub title: Title,
    /// The member who asked.
    pub by: User,
    /// When they asked.
    pub at: Timestamp,
}
