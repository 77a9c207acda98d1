//! The topic was changed.

use serde::{Deserialize, Serialize};

use crate::decode::Decode;

use super::content::{EventContent, Occurrence};
use crate::{conversation::Conversation, id::UserId, text::Topic};

/// A new topic, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct TopicChanged {
    /// The topic from now on; none where it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Topic>,
}

impl EventContent for TopicChanged {
    fn apply(&self, _event: &Occurrence, conversation: &mut Conversation, _me: UserId) {
        conversation.topic.clone_from(&self.topic);
    }
}
