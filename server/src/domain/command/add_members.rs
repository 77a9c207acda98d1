//! Adding members to a group.

use confab_shared::{api::Access, event::EventKind, id::ConversationId, text::UserName, user::User};

use super::newcomers::{NamedUsers, admit};
use crate::domain::{
    decision::{CommandContent, Decision, Loaded, Needs, Target},
    earlier::Earlier,
    permission::conversation::Action,
    refusal::Refusal,
};

/// Adds users to a group; members are passed over.
#[derive(Clone, Debug)]
pub struct AddMembers {
    conversation: ConversationId,
    users: NamedUsers,
    /// See [`Needs::asks_under`].
    asks_under: Option<Access>,
}

impl AddMembers {
    /// Adds the users of these names, who have consented.
    pub fn new(conversation: ConversationId, names: Vec<UserName>) -> Self {
        Self { conversation, users: NamedUsers::new(names), asks_under: None }
    }

    /// Adds those of them who need not be asked on a server with this access, and asks the others.
    #[must_use]
    pub fn asking(self, access: Access) -> Self {
        Self { asks_under: Some(access), ..self }
    }
}

impl CommandContent for AddMembers {
    fn needs(&self) -> Needs<'_> {
        let of_conversation = Needs::of(Target::Conversation(self.conversation));
        Needs { name_keys: self.users.keys(), asks_under: self.asks_under, ..of_conversation }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let (_, members) = loaded.permitted(actor.id, Action::AddMembers)?;
        let mut users = self.users.resolve(loaded)?;
        users.retain(|user| !members.contains(user.id));
        Ok(Decision::append_all(admit(users, loaded.asked)))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        let made = |kind| earlier.is(kind, self.conversation, None);
        made(EventKind::Joined) || made(EventKind::Invited)
    }

    fn bytes(&self) -> usize {
        self.users.bytes()
    }
}
