//! A member left.

use serde::{Deserialize, Serialize};

use crate::decode::Decode;

use super::content::{EventContent, Occurrence};
use crate::{conversation::Conversation, id::UserId};

/// The author of the event is a member no more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Left {}

impl EventContent for Left {
    fn apply(&self, _event: &Occurrence, conversation: &mut Conversation, _me: UserId) {
        conversation.member_count = conversation.member_count.saturating_sub(1);
    }
}
