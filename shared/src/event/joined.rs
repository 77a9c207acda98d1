//! Members were added.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    conversation::{Conversation, ReadPosition},
    decode::Decode,
    id::UserId,
};

/// Users who became members; none of them was one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Joined {
    /// The new members.
    pub users: Vec<UserId>,
}

impl EventContent for Joined {
    fn apply(&self, event: &Occurrence, conversation: &mut Conversation, me: UserId) {
        conversation.member_count += self.users.len() as u64;
        if self.users.contains(&me) {
            // A new member, or one who comes back, begins with nothing unread.
            let position = ReadPosition { read_seq: event.seq, read_count: conversation.message_count };
            conversation.move_read_position(position);
        }
    }

    fn users(&self) -> Vec<UserId> {
        self.users.clone()
    }
}
