//! Moving the actor's read position back.

use confab_shared::{
    id::{ConversationId, Seq},
    user::User,
};

use crate::domain::{
    decision::{CommandContent, Decision, Loaded, Needs, Target},
    earlier::Earlier,
    permission::conversation::Action,
    read_position::StoredPosition,
    refusal::Refusal,
};

/// Moves the actor's read position back, so that an event and all behind it are unread, but for the actor's own messages at the
/// beginning of that: the only way in which a position moves back. One that is not beyond what stays unread stays. The others
/// are not notified, and what they know to be read stays so; the list of readers of a message behind that leaves the actor out
/// until the actor has read it again.
#[derive(Clone, Debug)]
pub struct MarkUnread {
    /// The conversation.
    pub conversation: ConversationId,
    /// The first event that is unread.
    pub seq: Seq,
}

impl CommandContent for MarkUnread {
    fn needs(&self) -> Needs<'_> {
        let read_to = Some(StoredPosition::before(self.seq));
        Needs { read_to, ..Needs::of(Target::Conversation(self.conversation)) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        loaded.permitted(actor.id, Action::MarkRead)?;
        Ok(Decision::MarkUnread(self.seq))
    }

    fn made(&self, _earlier: &Earlier) -> bool {
        false
    }
}
