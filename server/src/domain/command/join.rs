//! Joining a group that somebody asked the actor to join.

use confab_shared::{event::EventKind, id::ConversationId, user::User};

use super::newcomers;
use crate::domain::{
    decision::{CommandContent, Decision, Loaded, Needs, Target},
    earlier::Earlier,
    permission::conversation::Action,
    refusal::Refusal,
};

/// Joins a group. Nothing happens where the actor is a member already.
#[derive(Clone, Debug)]
pub struct Join {
    /// The group.
    pub conversation: ConversationId,
}

impl CommandContent for Join {
    fn needs(&self) -> Needs<'_> {
        Needs { request: true, ..Needs::of(Target::Conversation(self.conversation)) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let (_, members) = loaded.permitted(actor.id, Action::Join)?;
        Ok(match members.contains(actor.id) {
            true => Decision::Unchanged,
            false => Decision::Append(newcomers::join(vec![actor.clone()])),
        })
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Joined, self.conversation, None)
    }
}
