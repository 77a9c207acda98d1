//! Setting a conversation's topic.

use confab_shared::{
    event::{EventKind, TopicChanged},
    id::ConversationId,
    text::Topic,
    user::User,
};

use crate::domain::{
    decision::{Append, Change, CommandContent, Decision, Loaded, Needs, Target},
    earlier::{self, Earlier},
    permission::conversation::Action,
    refusal::Refusal,
};

/// Sets a conversation's topic, or removes it.
#[derive(Clone, Debug)]
pub struct SetTopic {
    /// The conversation.
    pub conversation: ConversationId,
    /// The topic from now on.
    pub topic: Option<Topic>,
}

impl CommandContent for SetTopic {
    fn needs(&self) -> Needs<'_> {
        Needs::of(Target::Conversation(self.conversation))
    }

    fn decide(&self, actor: &User, loaded: &Loaded<'_>) -> Result<Decision, Refusal> {
        let (conversation, _) = loaded.permitted(actor.id, Action::SetTopic)?;
        if conversation.topic == self.topic {
            return Ok(Decision::Unchanged);
        }
        let body = TopicChanged { topic: self.topic.clone() }.into();
        Ok(Decision::Append(Append { change: Some(Change::UpdateConversation), ..Append::new(body) }))
    }

    fn made(&self, earlier: &Earlier) -> bool {
        earlier.is(
            EventKind::Topic,
            self.conversation,
            earlier::hash(self.topic.as_ref().map(|topic| topic.as_str())),
        )
    }
}
