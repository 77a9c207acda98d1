//! Writes what an event changes beside the log, in the open transaction.

use confab_shared::{
    event::Event,
    id::{ConversationId, Seq},
    message::{Stamp, ThreadSummary},
    preview::retain_linked,
};
use rusqlite::Connection;

use crate::{
    domain::decision::{
        MessageDeletion, MessageEdit, PreviewChange, ReactionChange, ThreadChange, ThreadChangeKind,
    },
    storage::sqlite::tables::{
        attachments, deletions, mentions,
        message_changes::{self, MessageChange, StoredEdit},
        message_events, reactions, threads,
    },
};

/// Writes another text of a message.
pub(super) fn edit(connection: &Connection, event: &Event, edit: &MessageEdit) -> rusqlite::Result<()> {
    let MessageEdit { edited, notified, mentioned_so_far, unmentioned, removed } = edit;
    let (id, target) = (event.conversation, edited.target);
    update(connection, id, target, |change| {
        change.edit = Some(StoredEdit {
            at: event.at,
            text: edited.text.clone(),
            mentions: edited.mentions.clone(),
            mentioned: mentioned_so_far.clone(),
        });
        retain_linked(&mut change.previews, edited.text.as_str());
    })?;
    attachments::remove(connection, removed)?;
    message_events::insert(connection, id, target, event.seq)?;
    mentions::delete(connection, id, target, unmentioned)?;
    mentions::insert(connection, id, target, event.seq, event.by, notified)
}

/// Writes that a message is deleted.
pub(super) fn delete(
    connection: &Connection,
    event: &Event,
    deletion: &MessageDeletion,
) -> rusqlite::Result<()> {
    let MessageDeletion { deleted, mentioned, attachments: gone } = deletion;
    let (id, target) = (event.conversation, deleted.target);
    let stamp = Some(Stamp { by: event.by, at: event.at });
    message_changes::put(
        connection,
        id,
        target,
        &MessageChange { deleted: stamp, ..MessageChange::default() },
    )?;
    deletions::insert(connection, id, target, event.seq, deleted.is_in_timeline())?;
    reactions::delete_all(connection, id, target)?;
    mentions::delete(connection, id, target, mentioned)?;
    attachments::remove(connection, gone)?;
    match &deleted.last_message {
        Some(last) => message_events::insert(connection, id, last.seq, event.seq),
        None => Ok(()),
    }
}

/// Writes what an event changes about a thread.
pub(super) fn thread(
    connection: &Connection,
    event: &Event,
    ThreadChange { root, kind }: ThreadChange,
) -> rusqlite::Result<()> {
    let (id, seq) = (event.conversation, event.seq);
    match kind {
        ThreadChangeKind::Reply { before, followers, mentions } => {
            threads::insert_reply(connection, event, root)?;
            let after = ThreadSummary::with_reply(before, seq, event.by, event.at);
            threads::set_summary(connection, id, root, Some(&after))?;
            threads::follow(connection, id, root, &followers, Seq(seq.0 - 1))?;
            threads::mention(connection, (id, root), seq, seq, &mentions)
        }
        ThreadChangeKind::Edit { reply, notify, unmentioned } => {
            threads::unmention(connection, (id, root), reply, &unmentioned)?;
            threads::mention(connection, (id, root), reply, seq, &notify)
        }
        ThreadChangeKind::Delete { reply, after, mentioned } => {
            threads::delete_reply(connection, id, reply)?;
            threads::set_summary(connection, id, root, after.as_ref())?;
            threads::unmention(connection, (id, root), reply, &mentioned)
        }
        ThreadChangeKind::End => threads::end(connection, id, root),
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

/// Writes the previews of a message.
pub(super) fn preview(
    connection: &Connection,
    event: &Event,
    PreviewChange { previewed, added, removed }: &PreviewChange,
) -> rusqlite::Result<()> {
    let (id, target) = (event.conversation, previewed.target);
    message_events::insert(connection, id, target, event.seq)?;
    attachments::set_message(connection, added, id, target)?;
    attachments::remove(connection, removed)?;
    update(connection, id, target, |change| change.previews.clone_from(&previewed.previews))
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
