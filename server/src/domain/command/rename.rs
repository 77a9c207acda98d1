//! Changing the title of a group.

use confab_shared::{
    event::{EventKind, Renamed},
    id::ConversationId,
    text::Title,
    user::User,
};

use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Loaded, Needs, Target},
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// Gives a group another title.
#[derive(Clone, Debug)]
pub struct Rename {
    /// The group.
    pub conversation: ConversationId,
    /// The title from now on.
    pub title: Title,
}

impl CommandContent for Rename {
    fn needs(&self) -> Needs<'_> {
        Needs::of(Target::Conversation(self.conversation))
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        loaded.permitted(actor.id, Action::Rename)?;
        Ok(Decision::Append(title(self.title.clone())))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Renamed, self.conversation, earlier::hash(self.title.as_str()))
    }
}

/// The event that gives a title.
pub(super) fn title(title: Title) -> Append {
    Append { change: Some(Change::UpdateConversation), ..Append::new(Renamed { title }.into()) }
}
