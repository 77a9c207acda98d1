//! Leaving a group.

use confab_shared::{
    event::{EventKind, Left},
    id::ConversationId,
    user::User,
};

use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Loaded, Needs, Target},
    earlier::Earlier,
    permission::conversation::Action,
    refusal::Refusal,
};

/// Leaves a group.
#[derive(Clone, Debug)]
pub struct Leave {
    /// The group.
    pub conversation: ConversationId,
}

impl CommandContent for Leave {
    fn needs(&self) -> Needs<'_> {
        Needs::of(Target::Conversation(self.conversation))
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        loaded.permitted(actor.id, Action::Leave)?;
        let change = Some(Change::RemoveMember(actor.id));
        Ok(Decision::Append(Append { change, ..Append::new(Left {}.into()) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Left, self.conversation, None)
    }
}
