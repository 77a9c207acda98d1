//! Finding or creating the direct conversation of two users.

use confab_shared::{conversation::ConversationKind, id::UserId, user::User};

use crate::domain::{
    decision::{CommandContent, Create, Decision, Loaded, Needs, Target},
    earlier::Earlier,
    refusal::Refusal,
};

/// Finds or makes the direct conversation of the actor and a peer; of the actor alone, for notes. It has no event, and
/// so no id: doing it twice is harmless.
#[derive(Clone, Debug)]
pub struct OpenDirect {
    /// The two users, the lower id first; equal for notes.
    pair: (UserId, UserId),
}

impl OpenDirect {
    /// The conversation of two users.
    pub fn new(actor: UserId, peer: UserId) -> Self {
        Self { pair: (actor.min(peer), actor.max(peer)) }
    }
}

impl CommandContent for OpenDirect {
    fn needs(&self) -> Needs<'_> {
        Needs::of(Target::Direct(self.pair.0, self.pair.1))
    }

    fn decide(&self, _actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        if loaded.conversation.is_some() {
            return Ok(Decision::Unchanged);
        }
        let mut members = vec![self.pair.0, self.pair.1];
        members.dedup();
        Ok(Decision::Create(Create {
            kind: ConversationKind::Direct,
            pair: Some(self.pair),
            members,
            events: Vec::new(),
        }))
    }

    fn made(&self, _earlier: &Earlier) -> bool {
        false
    }
}
