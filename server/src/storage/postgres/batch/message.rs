//! A message that a command of a batch is about.

use confab_shared::{
    conversation::LastMessage,
    emoji::Emoji,
    event::{Event, EventBody},
    id::UserId,
    message::Message,
    user::User,
};

use crate::{domain::decision::Change, storage::postgres::messages};

/// A message as it is, and what the batch changed about it.
#[derive(Clone, Debug)]
pub(in crate::storage::postgres) struct WorkingMessage {
    /// The message, without its reactions.
    pub(super) message: Message,
    pub(super) author: User,
    /// The users whom its texts have mentioned so far.
    pub(super) mentioned: Vec<UserId>,
    /// The emoji of its reactions, in the order of their first use.
    pub(super) emoji: Vec<Emoji>,
    /// Whether its row in `message_change` is to be written.
    pub(super) changed: bool,
    /// Whether it was pinned, unpinned, or deleted.
    pub(super) pin_changed: bool,
}

impl WorkingMessage {
    /// A message as its event posted it; none where the event posted none.
    pub(super) fn posted(event: &Event, author: User) -> Option<Self> {
        let EventBody::Posted(posted) = &event.body else { return None };
        Some(Self {
            message: Message::new(event, posted),
            author,
            mentioned: posted.mentions.clone(),
            emoji: Vec::new(),
            changed: false,
            pin_changed: false,
        })
    }

    /// The message with what the database says of it.
    pub(super) fn with(mut self, change: messages::Change) -> Self {
        change.apply_to(&mut self.message);
        self.mentioned = change.mentioned.unwrap_or(self.mentioned);
        self.emoji = change.emoji;
        self
    }

    /// What a list of conversations shows of it.
    pub(super) fn last_message(&self) -> LastMessage {
        let Message { seq, by, at, text, attachments, .. } = &self.message;
        LastMessage::new(*seq, *by, *at, text.as_str()).with_attachments(attachments)
    }

    /// Applies an event about it, and what that changes.
    pub(super) fn apply(&mut self, event: &Event, change: &Change) {
        match change {
            Change::React(reaction) => {
                if let Some(emoji) = &reaction.emoji_after {
                    self.emoji.clone_from(emoji);
                    self.changed = true;
                }
                // The message is without its reactions.
                return;
            }
            Change::Edit(edit) => {
                self.mentioned.clone_from(&edit.mentioned_so_far);
                self.changed = true;
            }
            Change::Delete(_) => {
                self.emoji.clear();
                (self.changed, self.pin_changed) = (true, true);
            }
            Change::Pin(_) => self.pin_changed = true,
            Change::Preview(_) => self.changed = true,
            Change::Mention(_)
            | Change::AddMembers(_)
            | Change::Invite(_)
            | Change::RemoveMember(_)
            | Change::UpdateConversation => return,
        }
        self.message.apply(event);
    }
}
