//! Messages with links, of which previews may be shown.

use confab_shared::{
    event::EventBody,
    id::{ConversationId, Seq},
    markdown::may_have_links,
    text::MessageText,
    user::User,
};

use super::notification::CommittedEvent;

/// A message that was posted or edited and may have links.
#[derive(Clone, Debug)]
pub struct LinkedMessage {
    /// Who wrote it.
    pub author: User,
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub message: Seq,
    /// What it says now.
    pub text: MessageText,
    /// Whether it said something else before.
    pub is_edited: bool,
}

impl LinkedMessage {
    /// The message of an event; none of most, at the cost of one search of their text.
    pub fn of(committed: &CommittedEvent) -> Option<Self> {
        let event = &committed.stored.event;
        let (message, text, is_edited) = match &event.body {
            EventBody::Posted(posted) => (event.seq, &posted.text, false),
            EventBody::Edited(edited) => (edited.target, &edited.text, true),
            _ => return None,
        };
        if !may_have_links(text.as_str()) {
            return None;
        }
        let author = committed.users.iter().find(|user| user.id == event.by)?.clone();
        Some(Self { author, conversation: event.conversation, message, text: text.clone(), is_edited })
    }
}
