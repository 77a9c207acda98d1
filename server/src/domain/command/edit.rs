//! Editing one's own message.

use confab_shared::{
    event::{Edited, EventKind},
    id::{ConversationId, Seq, UserId},
    message::Message,
    preview::retain_linked,
    text::{MessageText, shows_nothing},
    user::User,
};

use super::{mentioned::MentionedNames, preview::removed_pictures};
use crate::domain::{
    decision::{
        Append, Change, CommandContent, Decision, Loaded, MessageEdit, MessageNeeds, Needs, ThreadChange,
        ThreadChangeKind,
    },
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// Gives one's own message another text.
#[derive(Clone, Debug)]
pub struct Edit {
    conversation: ConversationId,
    target: Seq,
    text: MessageText,
    mentioned: MentionedNames,
}

impl Edit {
    /// Another text of a message.
    pub fn new(conversation: ConversationId, target: Seq, text: MessageText) -> Self {
        Self { conversation, target, mentioned: MentionedNames::of(&text), text }
    }
}

impl CommandContent for Edit {
    fn needs(&self) -> Needs<'_> {
        let message = MessageNeeds::of(self.target);
        Needs { name_keys: self.mentioned.keys(), ..Needs::of_message(self.conversation, message) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let own = loaded.is_own_message(actor.id);
        let (_, members) = loaded.permitted(actor.id, Action::Edit { own })?;
        let target = loaded.existing_message()?;
        if shows_nothing(self.text.as_str()) && target.message.attachments.is_empty() {
            return Err(Refusal::TextEmpty);
        }
        if target.message.text == self.text {
            return Ok(Decision::Unchanged);
        }
        // A mention of many is of the message, and not of its text: nobody is notified twice, and of no edit are many.
        let of_many = [UserId::ALL, UserId::HERE].iter().any(|id| target.mentioned_before.contains(id));
        let mentions = match of_many {
            true => target.message.mentions.clone(),
            false => self.mentioned.members(loaded, members, actor.id),
        };
        let notify: Vec<_> =
            mentions.iter().copied().filter(|user| !target.mentioned_before.contains(user)).collect();
        let mut mentioned_so_far = target.mentioned_before.clone();
        mentioned_so_far.extend(&notify);
        let unmentioned: Vec<_> =
            mentioned_so_far.iter().copied().filter(|user| !mentions.contains(user)).collect();
        let Message { thread, also_in_conversation, .. } = target.message;
        let edited = Edited::new(self.target, self.text.clone(), mentions, notify);
        let edited = Edited { thread, also_in_conversation, ..edited };
        let thread = thread.map(|root| {
            let (reply, notify) = (self.target, edited.notify.clone());
            let kind = ThreadChangeKind::Edit { reply, notify, unmentioned: Vec::clone(&unmentioned) };
            Box::new(ThreadChange { root, kind })
        });
        let mut left = target.message.previews.clone();
        retain_linked(&mut left, self.text.as_str());
        let removed = removed_pictures(&target.message.previews, &left);
        let notified = if edited.is_in_timeline() { edited.notify.clone() } else { Vec::new() };
        let change = MessageEdit { edited: edited.clone(), notified, mentioned_so_far, unmentioned, removed };
        let change = Change::Edit(Box::new(change));
        Ok(Decision::Append(Append { change: Some(change), thread, ..Append::new(edited.into()) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Edited, self.conversation, earlier::hash((self.target, self.text.as_str())))
    }

    fn bytes(&self) -> usize {
        self.text.as_str().len()
    }
}
