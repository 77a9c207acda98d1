//! Deleting a message.

use confab_shared::{
    event::{Deleted, EventKind},
    id::{ConversationId, Seq},
    user::User,
};

use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Loaded, MessageDeletion, MessageNeeds, Needs},
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// Deletes a message: one's own, or as an admin of the conversation anyone's.
#[derive(Clone, Debug)]
pub struct Delete {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub target: Seq,
}

impl CommandContent for Delete {
    fn needs(&self) -> Needs<'_> {
        let message = MessageNeeds { message_before_last: true, ..MessageNeeds::of(self.target) };
        Needs::of_message(self.conversation, message)
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let own = loaded.is_own_message(actor.id);
        let (conversation, _) = loaded.permitted(actor.id, Action::Delete { own })?;
        let target = loaded.message.ok_or(Refusal::UnknownMessage)?;
        if target.message.deleted.is_some() {
            return Ok(Decision::Unchanged);
        }
        let is_last = conversation.last_message.as_ref().is_some_and(|last| last.seq == self.target);
        let (last_message, author) = target.message_before.clone().filter(|_| is_last).unzip();
        let deleted = Deleted { target: self.target, last_message };
        let mentioned = target.mentioned_before.clone();
        let change = Change::Delete(Box::new(MessageDeletion { deleted: deleted.clone(), mentioned }));
        let users = author.into_iter().collect();
        Ok(Decision::Append(Append { change: Some(change), users, ..Append::new(deleted.into()) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Deleted, self.conversation, earlier::hash(self.target))
    }
}
