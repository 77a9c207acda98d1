//! Deleting a message.

use confab_shared::{
    event::{Deleted, DeletedReply, EventKind},
    id::{ConversationId, Seq},
    user::User,
};

use crate::domain::{
    decision::{
        Append, Change, CommandContent, Decision, Loaded, MessageDeletion, MessageNeeds, Needs, ThreadChange,
        ThreadChangeKind,
    },
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
        let target = MessageNeeds::of(self.target);
        let message = MessageNeeds { message_before_last: true, replies: true, ..target };
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
        let mentioned = target.mentioned_before.clone();
        let message = &target.message;
        let (replies, faces) = target.replies.clone().filter(|_| message.thread.is_some()).unzip();
        let reply = message.thread.map(|thread| {
            let (also_in_conversation, author) = (message.also_in_conversation, message.by);
            Box::new(DeletedReply { thread, also_in_conversation, author, replies })
        });
        let thread = match &reply {
            Some(reply) => ThreadChange {
                root: reply.thread,
                kind: ThreadChangeKind::Delete {
                    reply: self.target,
                    after: reply.replies.clone(),
                    mentioned: mentioned.clone(),
                },
            },
            None => ThreadChange { root: self.target, kind: ThreadChangeKind::End },
        };
        let deleted = Deleted { reply, ..Deleted::new(self.target, last_message) };
        let change = Change::Delete(Box::new(MessageDeletion {
            deleted: deleted.clone(),
            mentioned,
            attachments: message.all_attachments().map(|attachment| attachment.id).collect(),
        }));
        let mut users: Vec<User> = author.into_iter().chain(faces.unwrap_or_default()).collect();
        users.sort_unstable_by_key(|user| user.id);
        users.dedup_by_key(|user| user.id);
        let thread = Some(Box::new(thread));
        Ok(Decision::Append(Append { change: Some(change), users, thread, ..Append::new(deleted.into()) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Deleted, self.conversation, earlier::hash(self.target))
    }
}
