//! Messages as the user sees them: with their own commands applied that are on their way.

use super::{OutboxEntry, SendState, State};
use crate::{
    command::Command,
    emoji::Emoji,
    event::{Deleted, Edited, Event, EventBody, Pinned, Previewed, Reacted},
    id::{ConversationId, Seq},
    message::Message,
    text::MessageText,
};

/// A message as the user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// The message, with the user's unanswered commands applied.
    pub message: Message,
    /// Whether a command that changes it is on its way.
    pub is_changing: bool,
    /// The last refused command that was to change it.
    pub refused: Option<OutboxEntry>,
}

impl State {
    /// A cached message as the user sees it.
    #[must_use]
    pub fn message(&self, id: ConversationId, seq: Seq) -> Option<MessageView> {
        let me = self.me.as_ref()?.id;
        let message = self.quoted(id, seq)?.clone();
        let mut view = MessageView { message, is_changing: false, refused: None };
        for entry in self.outbox.of(id).filter(|entry| entry.command.target() == Some(seq)) {
            if matches!(entry.state, SendState::Failed(..)) {
                view.refused = Some(entry.clone());
            } else if let Some(body) = change(&entry.command, &view.message) {
                // Only its author and its time matter to a message.
                let event = Event { conversation: id, seq, at: entry.at, by: me, client_id: None, body };
                view.message.apply(&event);
                view.is_changing = true;
            }
        }
        Some(view)
    }
}

impl Command {
    /// The message that the command is to change.
    #[must_use]
    pub fn target(&self) -> Option<Seq> {
        match self {
            Self::Edit(edit) => Some(edit.target),
            Self::Delete(delete) => Some(delete.target),
            Self::React(react) => Some(react.target),
            Self::Pin(pin) => Some(pin.target),
            Self::RemovePreview(remove) => Some(remove.target),
            Self::Send(_)
            | Self::AddMembers(_)
            | Self::Rename(_)
            | Self::Leave(_)
            | Self::Join(_)
            | Self::SetTopic(_) => None,
        }
    }
}

/// What a command will make of a message.
fn change(command: &Command, message: &Message) -> Option<EventBody> {
    Some(match command {
        Command::Edit(edit) => {
            let text = MessageText::existing(&edit.text);
            Edited::new(edit.target, text, Vec::new(), Vec::new()).into()
        }
        Command::Delete(delete) => Deleted::new(delete.target, None).into(),
        Command::React(react) => {
            Reacted { target: react.target, emoji: Emoji::existing(&react.emoji), on: react.on }.into()
        }
        Command::Pin(pin) => Pinned { target: pin.target, on: pin.on }.into(),
        Command::RemovePreview(remove) => {
            let mut previews = message.previews.clone();
            previews.retain(|preview| preview.url != remove.url);
            Previewed { target: remove.target, previews }.into()
        }
        Command::Send(_)
        | Command::AddMembers(_)
        | Command::Rename(_)
        | Command::Leave(_)
        | Command::Join(_)
        | Command::SetTopic(_) => return None,
    })
}
