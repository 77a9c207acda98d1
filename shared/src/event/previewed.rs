//! A message has previews of the pages that it links to.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{decode::Decode, id::Seq, message::Message, preview::Preview};

/// The previews that a message has from now on, by its author: the server fetched them, or the author removed some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Previewed {
    /// The message.
    pub target: Seq,
    /// All of them, at most [`crate::preview::MAX_PREVIEWS`]; none once the message is deleted.
    pub previews: Vec<Preview>,
}

impl EventContent for Previewed {
    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn apply_to_message(&self, _event: &Occurrence, message: &mut Message) {
        message.previews.clone_from(&self.previews);
    }
}
