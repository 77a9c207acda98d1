//! Reads the logs.

use std::ops::ControlFlow;

use confab_shared::id::{ConversationId, Seq, UserId};
use rusqlite::Connection;

use super::{
    engine::segment::{self, Entry, Table},
    tables::{conversations, deletions, users},
};
use crate::{
    domain::{notification::StoredEvent, redaction},
    storage::{EventRun, Range},
};

/// The newest seq of a conversation.
pub(super) fn head_seq(connection: &Connection, id: ConversationId) -> rusqlite::Result<Seq> {
    if let Some(buffered) = segment::newest_buffered(connection, id)? {
        return Ok(buffered);
    }
    compacted_head(connection, id)
}

/// The newest seq of a conversation that is not in the write buffer.
fn compacted_head(connection: &Connection, id: ConversationId) -> rusqlite::Result<Seq> {
    connection
        .prepare_cached("SELECT head_seq FROM conversation WHERE id = ?1")?
        .query_row([id.0], |row| Ok(Seq(row.get(0)?)))
}

/// One event of a log. A message has no ordinal.
pub(super) fn event(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<Option<StoredEvent>> {
    let stored = match segment::one(connection, Table::Segments, id, seq)? {
        Some(stored) => Some(stored),
        None => segment::one(connection, Table::WriteBuffer, id, seq)?,
    };
    let mut found = Vec::from_iter(stored);
    redact_deleted(connection, id, &mut found)?;
    Ok(found.pop())
}

/// The events from one seq to another, without what deleted messages said.
pub(super) fn between(
    connection: &Connection,
    id: ConversationId,
    (first, last): (Seq, Seq),
) -> rusqlite::Result<Vec<StoredEvent>> {
    let mut events = Vec::new();
    if first > last {
        return Ok(events);
    }
    let mut push = |entry: Entry| {
        events.push(entry.stored);
        ControlFlow::Continue(())
    };
    segment::visit(connection, Table::Segments, id, (first, last), &mut push)?;
    if last > compacted_head(connection, id)? {
        segment::visit(connection, Table::WriteBuffer, id, (first, last), push)?;
    }
    redact_deleted(connection, id, &mut events)?;
    Ok(events)
}

/// Compaction removes from the log what deleted messages said: until then, reads do.
fn redact_deleted(
    connection: &Connection,
    id: ConversationId,
    events: &mut [StoredEvent],
) -> rusqlite::Result<()> {
    if !deletions::any(connection, id)? {
        return Ok(());
    }
    for stored in events {
        if let Some(seq) = redaction::quoted_message(&stored.event)
            && deletions::contains(connection, id, seq)?
        {
            redaction::redact(stored, |deleted| deleted == seq);
        }
    }
    Ok(())
}

pub(super) fn events(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    range: Range,
    limit: usize,
) -> rusqlite::Result<Option<EventRun>> {
    if conversations::kind_for(connection, user, id)?.is_none() {
        return Ok(None);
    }
    let head_seq = head_seq(connection, id)?;
    let events = between(connection, id, range.bounds(head_seq, limit))?;
    let mut ids: Vec<_> = events.iter().flat_map(|stored| stored.event.users()).collect();
    ids.sort_unstable();
    ids.dedup();
    let users = users::by_ids(connection, &ids)?;
    Ok(Some(EventRun { events, users, head_seq }))
}
