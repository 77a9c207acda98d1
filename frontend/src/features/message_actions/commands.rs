//! The commands that change messages. A new one replaces refused ones that it makes pointless.

use confab_shared::{
    command::{Command, Delete, Edit, Pin, React, RemovePreview},
    emoji::Emoji,
    id::{ConversationId, Seq},
    state::{OutboxEntry, SendState},
    text::MessageText,
};
use leptos::prelude::*;

use crate::{
    platform::{client_id, clock},
    state::Chat,
};

/// Gives one's own message another text.
pub(crate) fn edit(chat: Chat, id: ConversationId, seq: Seq, text: MessageText) {
    let text = text.into();
    submit(chat, Edit { client_id: client_id::new(), conversation: id, target: seq, text }.into());
}

/// Deletes a message.
pub(crate) fn delete(chat: Chat, id: ConversationId, seq: Seq) {
    submit(chat, Delete { client_id: client_id::new(), conversation: id, target: seq }.into());
}

/// Pins a message, or unpins it.
pub(crate) fn pin(chat: Chat, id: ConversationId, seq: Seq, on: bool) {
    submit(chat, Pin { client_id: client_id::new(), conversation: id, target: seq, on }.into());
}

/// Removes the preview of a link from one's own message.
pub(crate) fn remove_preview(chat: Chat, id: ConversationId, seq: Seq, url: String) {
    let client_id = client_id::new();
    submit(chat, RemovePreview { client_id, conversation: id, target: seq, url }.into());
}

/// Reacts to a message, or withdraws the reaction.
pub(crate) fn toggle_reaction(chat: Chat, id: ConversationId, seq: Seq, emoji: &Emoji) {
    let on = chat.state.with_untracked(|state| {
        let (me, view) = (state.me()?.id, state.message(id, seq)?);
        Some(!view.message.has_reaction(me, emoji))
    });
    if let Some(on) = on {
        let emoji = emoji.to_string();
        submit(chat, React { client_id: client_id::new(), conversation: id, target: seq, emoji, on }.into());
    }
}

/// The text of a refused edit of a message: the user's work, to go on with.
pub(crate) fn refused_text(chat: Chat, id: ConversationId, seq: Seq) -> Option<String> {
    chat.state.with_untracked(|state| {
        let entries =
            state.outbox.of(id).filter(|entry| entry.command.target() == Some(seq) && is_refused(entry));
        let text = |entry: &OutboxEntry| match &entry.command {
            Command::Edit(edit) => Some(edit.text.clone()),
            _ => None,
        };
        entries.filter_map(text).last()
    })
}

fn submit(chat: Chat, command: Command) {
    let replaced: Vec<_> = chat.state.with_untracked(|state| {
        let entries = state.outbox.of(command.conversation());
        let replaced = entries.filter(|entry| is_refused(entry) && replaces(&command, &entry.command));
        replaced.map(OutboxEntry::client_id).collect()
    });
    replaced.into_iter().for_each(|client_id| chat.discard(client_id));
    chat.submit(command, clock::now());
}

fn is_refused(entry: &OutboxEntry) -> bool {
    matches!(entry.state, SendState::Failed(..))
}

/// Whether a command makes an earlier one pointless.
fn replaces(command: &Command, earlier: &Command) -> bool {
    command.target() == earlier.target()
        && match (command, earlier) {
            (Command::Edit(_), Command::Edit(_))
            | (Command::Pin(_), Command::Pin(_))
            | (Command::RemovePreview(_), Command::RemovePreview(_))
            | (Command::Delete(_), _) => true,
            (Command::React(command), Command::React(earlier)) => command.emoji == earlier.emoji,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use confab_shared::id::ClientId;
    use uuid::Uuid;

    use super::*;

    const ID: ConversationId = ConversationId(7);

    fn react(target: u64, emoji: &str, on: bool) -> Command {
        let (client_id, emoji) = (ClientId(Uuid::from_u128(1)), emoji.to_owned());
        React { client_id, conversation: ID, target: Seq(target), emoji, on }.into()
    }

    fn delete(target: u64) -> Command {
        Delete { client_id: ClientId(Uuid::from_u128(2)), conversation: ID, target: Seq(target) }.into()
    }

    #[test]
    fn a_command_replaces_refused_ones_about_the_same() {
        assert!(replaces(&react(1, "🎉", false), &react(1, "🎉", true)));
        assert!(!replaces(&react(1, "🎉", true), &react(1, "👍", true)));
        assert!(!replaces(&react(1, "🎉", true), &react(2, "🎉", true)));
        assert!(replaces(&delete(1), &react(1, "🎉", true)));
        assert!(!replaces(&react(1, "🎉", true), &delete(1)));
    }
}
