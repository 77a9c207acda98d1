//! Posting a message.

use std::sync::Arc;

use confab_shared::{
    event::{EventKind, Posted},
    id::ConversationId,
    mentions::{Mention, mentions},
    name_key::name_key,
    text::MessageText,
    user::User,
};

use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Earlier, Loaded, Needs, Target},
    permission::Action,
    refusal::Refusal,
};

/// Posts a message.
#[derive(Clone, Debug)]
pub struct Post {
    conversation: ConversationId,
    text: MessageText,
    /// For each place that may mention a user, the keys of the candidate names, longest first.
    mentioned: Vec<Vec<String>>,
    /// The bytes of the demo's frame, where encoding the message again would give others.
    legacy: Option<Arc<str>>,
}

impl Post {
    /// A message.
    pub fn new(conversation: ConversationId, text: MessageText) -> Self {
        let keys = |mention: Mention<'_>| mention.names.into_iter().map(name_key).collect();
        let mentioned = mentions(text.as_str()).map(keys).collect();
        Self { conversation, text, mentioned, legacy: None }
    }

    /// The message with the bytes of the demo's frame that posted it.
    #[must_use]
    pub fn with_legacy_frame(self, legacy: Option<Arc<str>>) -> Self {
        Self { legacy, ..self }
    }
}

impl CommandContent for Post {
    fn needs(&self) -> Needs<'_> {
        Needs { target: Target::Conversation(self.conversation), name_keys: &self.mentioned }
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let (conversation, members) = loaded.permitted(actor.id, Action::Post)?;
        // The longest name of a member is meant; a mention of oneself notifies nobody.
        let meant = |keys: &Vec<String>| {
            let users = keys.iter().filter_map(|key| loaded.user(key));
            users.map(|user| user.id).find(|user| members.contains(*user))
        };
        let mut mentions: Vec<_> = self.mentioned.iter().filter_map(meant).collect();
        mentions.retain(|user| *user != actor.id);
        mentions.sort_unstable();
        mentions.dedup();
        let change = (!mentions.is_empty()).then(|| Change::Mention(mentions.clone()));
        let ordinal = conversation.message_count + 1;
        let body = Posted { text: self.text.clone(), ordinal, mentions }.into();
        Ok(Decision::Append(Append { change, legacy: self.legacy.clone(), ..Append::new(body) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.kind == EventKind::Posted && earlier.position.conversation == self.conversation
    }

    fn bytes(&self) -> usize {
        self.text.as_str().len() + self.legacy.as_ref().map_or(0, |frame| frame.len())
    }
}
