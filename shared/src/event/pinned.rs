//! A message was pinned.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    decode::Decode,
    id::Seq,
    message::{Message, Stamp},
};

/// A message is pinned, or no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Pinned {
    /// The message.
    pub target: Seq,
    /// Whether it is pinned from now on.
    pub on: bool,
}

impl EventContent for Pinned {
    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn apply_to_message(&self, event: &Occurrence, message: &mut Message) {
        message.pinned = self.on.then_some(Stamp { by: event.by, at: event.at });
    }
}
