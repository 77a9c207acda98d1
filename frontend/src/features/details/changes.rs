//! The changes of a group that are in the outbox.

use confab_shared::{
    command::Command,
    error::ErrorBody,
    id::{ClientId, ConversationId},
    state::{OutboxEntry, State},
};
use leptos::prelude::*;

use crate::{features::outbox::refusal::refusal, state::Chat};

/// The kinds of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Rename,
    AddMembers,
    Leave,
    SetTopic,
}

impl ChangeKind {
    /// The kind of a command; none of one that concerns a message or makes a member.
    fn of(command: &Command) -> Option<Self> {
        match command {
            Command::Send(_)
            | Command::Edit(_)
            | Command::Delete(_)
            | Command::React(_)
            | Command::Pin(_)
            | Command::RemovePreview(_)
            | Command::Join(_) => None,
            Command::Rename(_) => Some(Self::Rename),
            Command::AddMembers(_) => Some(Self::AddMembers),
            Command::Leave(_) => Some(Self::Leave),
            Command::SetTopic(_) => Some(Self::SetTopic),
        }
    }
}

/// An unsent change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) client_id: ClientId,
    /// The new title, or the names of the new members.
    pub(super) argument: String,
    /// The server's refusal; none while the change is pending.
    pub(super) error: Option<ErrorBody>,
}

/// The unsent changes of one kind, in the order in which they were made.
pub(super) fn unsent_changes(state: &State, id: ConversationId, kind: ChangeKind) -> Vec<Change> {
    unsent(state, id, kind).filter_map(change).collect()
}

/// Whether there are unsent changes of one kind.
pub(super) fn has_unsent(state: &State, id: ConversationId, kind: ChangeKind) -> bool {
    unsent(state, id, kind).next().is_some()
}

/// Discards the refused changes of one kind: a new one replaces them.
pub(crate) fn discard_refused(chat: Chat, id: ConversationId, kind: ChangeKind) {
    let changes = chat.state.with_untracked(|state| unsent_changes(state, id, kind));
    for change in changes.into_iter().filter(|change| change.error.is_some()) {
        chat.discard(change.client_id);
    }
}

fn unsent(state: &State, id: ConversationId, kind: ChangeKind) -> impl Iterator<Item = &OutboxEntry> {
    let matches = move |entry: &&OutboxEntry| {
        entry.conversation() == id && ChangeKind::of(&entry.command) == Some(kind)
    };
    state.outbox.unsent().filter(matches)
}

fn change(entry: &OutboxEntry) -> Option<Change> {
    let argument = match &entry.command {
        Command::Send(_)
        | Command::Edit(_)
        | Command::Delete(_)
        | Command::React(_)
        | Command::Pin(_)
        | Command::RemovePreview(_)
        | Command::Join(_) => return None,
        Command::Rename(rename) => rename.title.clone(),
        Command::AddMembers(add) => add.users.join(", "),
        Command::Leave(_) => String::new(),
        Command::SetTopic(set) => set.topic.clone(),
    };
    Some(Change { client_id: entry.client_id(), argument, error: refusal(entry) })
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        command::{AddMembers, Leave, Rename, Send},
        error::ErrorCode,
        id::Timestamp,
    };
    use uuid::Uuid;

    use super::*;

    const TRIP: ConversationId = ConversationId(7);

    fn client_id(number: u128) -> ClientId {
        ClientId(Uuid::from_u128(number))
    }

    /// An outbox with a command of every kind, numbered from 1, and a rename of another group.
    fn state() -> State {
        let mut state = State::default();
        let rename = |number, conversation| {
            Command::from(Rename { client_id: client_id(number), conversation, title: "Journey".to_owned() })
        };
        let users = vec!["mei".to_owned(), "李雷".to_owned()];
        for command in [
            Send::new(client_id(1), TRIP, "hi".to_owned()).into(),
            rename(2, TRIP),
            AddMembers { client_id: client_id(3), conversation: TRIP, users }.into(),
            Leave { client_id: client_id(4), conversation: TRIP }.into(),
            rename(5, ConversationId(8)),
        ] {
            state.outbox.push(command, Timestamp(0));
        }
        state
    }

    #[test]
    fn changes_are_listed_by_group_and_kind() {
        let state = state();
        let arguments = |kind| {
            let changes = unsent_changes(&state, TRIP, kind);
            changes.into_iter().map(|change| (change.client_id, change.argument)).collect::<Vec<_>>()
        };
        assert_eq!(arguments(ChangeKind::Rename), [(client_id(2), "Journey".to_owned())]);
        assert_eq!(arguments(ChangeKind::AddMembers), [(client_id(3), "mei, 李雷".to_owned())]);
        assert_eq!(arguments(ChangeKind::Leave), [(client_id(4), String::new())]);
        assert!(!has_unsent(&state, ConversationId(8), ChangeKind::Leave));
    }

    #[test]
    fn a_refused_change_has_its_reason_until_it_is_retried() {
        let mut state = state();
        let error = ErrorBody::new(ErrorCode::WrongKind, "No.".to_owned());
        state.outbox.refused(client_id(2), &error);
        assert_eq!(unsent_changes(&state, TRIP, ChangeKind::Rename)[0].error, Some(error));
        state.outbox.retry(client_id(2));
        assert_eq!(unsent_changes(&state, TRIP, ChangeKind::Rename)[0].error, None);
    }
}
