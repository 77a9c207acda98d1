//! Moving the actor's read position.

use confab_shared::{
    id::{ConversationId, Seq},
    user::User,
};

use crate::domain::{
    decision::{CommandContent, Decision, Loaded, Needs, Target},
    earlier::Earlier,
    permission::conversation::Action,
    refusal::Refusal,
};

/// Moves the actor's read position forward, to the head at most, and on over their own messages right behind it
/// ([`crate::domain::read_position::ReadMove`]). A position further back changes nothing.
#[derive(Clone, Debug)]
pub struct MarkRead {
    /// The conversation.
    pub conversation: ConversationId,
    /// The last event that is read.
    pub seq: Seq,
}

impl CommandContent for MarkRead {
    fn needs(&self) -> Needs<'_> {
        Needs { read_to: Some(self.seq), ..Needs::of(Target::Conversation(self.conversation)) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let (conversation, _) = loaded.permitted(actor.id, Action::MarkRead)?;
        Ok(Decision::MarkRead(self.seq.min(conversation.head_seq)))
    }

    fn made(&self, _earlier: &Earlier) -> bool {
        false
    }
}
