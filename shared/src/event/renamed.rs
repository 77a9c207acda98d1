//! The title was changed.

use serde::{Deserialize, Serialize};

use crate::decode::Decode;

use super::content::{EventContent, Occurrence};
use crate::{conversation::Conversation, id::UserId, text::Title};

/// A new title.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Renamed {
    /// The title from now on.
    pub title: Title,
}

impl EventContent for Renamed {
    fn apply(&self, _event: &Occurrence, conversation: &mut Conversation, _me: UserId) {
        conversation.title = Some(self.title.clone());
    }
}
