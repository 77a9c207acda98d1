//! Posting a message.

use std::sync::Arc;

use confab_shared::{
    event::{EventKind, Posted},
    id::ConversationId,
    text::MessageText,
    user::User,
};

use super::mentioned::MentionedNames;
use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Loaded, Needs, Target},
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// Posts a message.
#[derive(Clone, Debug)]
pub struct Post {
    conversation: ConversationId,
    text: MessageText,
    mentioned: MentionedNames,
    /// The bytes of the demo's frame, where encoding the message again would give others.
    legacy: Option<Arc<str>>,
}

impl Post {
    /// A message.
    pub fn new(conversation: ConversationId, text: MessageText) -> Self {
        Self { conversation, mentioned: MentionedNames::of(&text), text, legacy: None }
    }

    /// The message with the bytes of the demo's frame that posted it.
    #[must_use]
    pub fn with_legacy_frame(self, legacy: Option<Arc<str>>) -> Self {
        Self { legacy, ..self }
    }
}

impl CommandContent for Post {
    fn needs(&self) -> Needs<'_> {
        Needs { name_keys: self.mentioned.keys(), ..Needs::of(Target::Conversation(self.conversation)) }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let (conversation, members) = loaded.permitted(actor.id, Action::Post)?;
        let mentions = self.mentioned.members(loaded, members, actor.id);
        let change = (!mentions.is_empty()).then(|| Change::Mention(mentions.clone()));
        let ordinal = conversation.next_ordinal();
        let body = Posted { text: self.text.clone(), ordinal, mentions }.into();
        Ok(Decision::Append(Append { change, legacy: self.legacy.clone(), ..Append::new(body) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(EventKind::Posted, self.conversation, earlier::hash(self.text.as_str()))
    }

    fn bytes(&self) -> usize {
        self.text.as_str().len() + self.legacy.as_ref().map_or(0, |frame| frame.len())
    }
}
