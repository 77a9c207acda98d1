//! A member reacted to a message.

use serde::{Deserialize, Serialize};

use super::content::{EventContent, Occurrence};
use crate::{
    decode::Decode,
    emoji::Emoji,
    id::Seq,
    message::{Message, Reaction},
};

/// A reaction, or its withdrawal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Decode)]
pub struct Reacted {
    /// The message.
    pub target: Seq,
    /// The emoji; empty once the message is deleted.
    pub emoji: Emoji,
    /// Whether the reaction is there from now on.
    pub on: bool,
}

impl EventContent for Reacted {
    fn target(&self) -> Option<Seq> {
        Some(self.target)
    }

    fn apply_to_message(&self, event: &Occurrence, message: &mut Message) {
        let reaction = message.reactions.iter_mut().find(|reaction| reaction.emoji == self.emoji);
        match (reaction, self.on) {
            (Some(reaction), true) => {
                if !reaction.users.contains(&event.by) {
                    reaction.users.push(event.by);
                }
            }
            (Some(reaction), false) => {
                reaction.users.retain(|user| *user != event.by);
                message.reactions.retain(|reaction| !reaction.users.is_empty());
            }
            (None, true) => {
                message.reactions.push(Reaction { emoji: self.emoji.clone(), users: vec![event.by] });
            }
            (None, false) => {}
        }
    }
}
