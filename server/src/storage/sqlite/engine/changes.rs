//! Writes what an event changes beside the log, in the open transaction.

use confab_shared::{
    event::Event,
    id::{ConversationId, Seq},
    message::Stamp,
};
use rusqlite::Connection;

use crate::{
    domain::decision::{MessageDeletion, MessageEdit, ReactionChange},
    storage::sqlite::tables::{
        deletions, mentions,
        message_changes::{self, MessageChange, StoredEdit},
        message_events, reactions,
    },
};

/// Writes another text of a message.
pub(super) fn edit(connection: &Connection, event: &Event, edit: &MessageEdit) -> rusqlite::Result<()> {
    let MessageEdit { edited, mentioned_so_far, unmentioned } = edit;
    let (id, target) = (event.conversation, edited.target);
    update(connection, id, target, |change| {
        change.edit = Some(StoredEdit {
            at: event.at,
            text: edited.text.clone(),
            mentions: edited.mentions.clone(),
            mentioned: mentioned_so_far.clone(),
        });
    })?;
    message_events::insert(connection, id, target, event.seq)?;
    mentions::delete(connection, id, target, unmentioned)?;
    mentions::insert(connection, id, target, event.seq, &edited.notify)
}

/// Writes that a message is deleted.
pub(super) fn delete(
    connection: &Connection,
    event: &Event,
    deletion: &MessageDeletion,
) -> rusqlite::Result<()> {
    let MessageDeletion { deleted, mentioned } = deletion;
    let (id, target) = (event.conversation, deleted.target);
    let stamp = Some(Stamp { by: event.by, at: event.at });
    message_changes::put(
        connection,
        id,
        target,
        &MessageChange { deleted: stamp, ..MessageChange::default() },
    )?;
    deletions::insert(connection, id, target, event.seq)?;
    reactions::delete_all(connection, id, target)?;
    mentions::delete(connection, id, target, mentioned)?;
    match &deleted.last_message {
        Some(last) => message_events::insert(connection, id, last.seq, event.seq),
        None => Ok(()),
    }
}

/// Writes a reaction, or its withdrawal.
pub(super) fn react(connection: &Connection, event: &Event, change: &ReactionChange) -> rusqlite::Result<()> {
    let ReactionChange { reacted, emoji_after } = change;
    let (id, target) = (event.conversation, reacted.target);
    reactions::set(connection, (id, target), &reacted.emoji, event.by, reacted.on.then_some(event.seq))?;
    message_events::insert(connection, id, target, event.seq)?;
    match emoji_after {
        Some(emoji) => update(connection, id, target, |change| change.emoji.clone_from(emoji)),
        None => Ok(()),
    }
}

/// Writes whether a message is pinned.
pub(super) fn pin(connection: &Connection, event: &Event, target: Seq, on: bool) -> rusqlite::Result<()> {
    let stamp = on.then_some(Stamp { by: event.by, at: event.at });
    update(connection, event.conversation, target, |change| change.pinned = stamp)
}

fn update(
    connection: &Connection,
    id: ConversationId,
    target: Seq,
    update: impl FnOnce(&mut MessageChange),
) -> rusqlite::Result<()> {
    let mut change = message_changes::get(connection, id, target)?.unwrap_or_default();
    update(&mut change);
    message_changes::put(connection, id, target, &change)
}
