//! Reacting to a message.

use confab_shared::{
    emoji::Emoji,
    event::{EventKind, Reacted},
    id::{ConversationId, Seq},
    message::MAX_EMOJI_PER_MESSAGE,
    user::User,
};

use crate::domain::{
    decision::{
        Append, Change, CommandContent, Decision, Loaded, LoadedMessage, MessageNeeds, Needs, ReactionChange,
    },
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// Reacts to a message, or withdraws a reaction.
#[derive(Clone, Debug)]
pub struct React {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub target: Seq,
    /// The emoji.
    pub emoji: Emoji,
    /// Whether the reaction is to be there.
    pub on: bool,
}

impl React {
    /// The emoji of the message afterwards, in the order of their first use; none where they stay as they are.
    fn emoji_after(&self, target: &LoadedMessage) -> Result<Option<Vec<Emoji>>, Refusal> {
        let known = target.emoji.contains(&self.emoji);
        match self.on {
            true if known => Ok(None),
            true if target.emoji.len() >= MAX_EMOJI_PER_MESSAGE => Err(Refusal::TooManyReactions),
            true => Ok(Some(target.emoji.iter().chain([&self.emoji]).cloned().collect())),
            false if target.reacted_by_others => Ok(None),
            false => Ok(Some(target.emoji.iter().filter(|emoji| **emoji != self.emoji).cloned().collect())),
        }
    }
}

impl CommandContent for React {
    fn needs(&self) -> Needs<'_> {
        let message = MessageNeeds { reaction: Some(&self.emoji), ..MessageNeeds::of(self.target) };
        Needs::of_message(self.conversation, message)
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        loaded.permitted(actor.id, Action::React)?;
        let target = loaded.existing_message()?;
        if target.reacted_by_actor == self.on {
            return Ok(Decision::Unchanged);
        }
        let reacted = Reacted { target: self.target, emoji: self.emoji.clone(), on: self.on };
        let emoji_after = self.emoji_after(target)?;
        let change = Change::React(ReactionChange { reacted: reacted.clone(), emoji_after });
        Ok(Decision::Append(Append { change: Some(change), ..Append::new(reacted.into()) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(
            EventKind::Reacted,
            self.conversation,
            earlier::hash((self.target, self.emoji.as_str(), self.on)),
        )
    }
}
