//! Pinning a message.

use confab_shared::{
    event::{EventKind, Pinned},
    id::{ConversationId, Seq},
    user::User,
};

use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Loaded, MessageNeeds, Needs},
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// Pins a message, or unpins it.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub target: Seq,
    /// Whether it is to be pinned.
    pub on: bool,
}

impl CommandContent for Pin {
    fn needs(&self) -> Needs<'_> {
        Needs::of_message(self.conversation, MessageNeeds::of(self.target))
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        loaded.permitted(actor.id, Action::Pin)?;
        let target = loaded.existing_message()?;
        if target.message.pinned.is_some() == self.on {
            return Ok(Decision::Unchanged);
        }
        let pinned = Pinned { target: self.target, on: self.on };
        let change = Change::Pin(pinned.clone());
        Ok(Decision::Append(Append { change: Some(change), ..Append::new(pinned.into()) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Pinned, self.conversation, earlier::hash((self.target, self.on)))
    }
}
