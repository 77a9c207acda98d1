//! Deleted messages: subtracted where messages are counted, without touching a row per member.

use std::collections::HashSet;

use confab_shared::id::{ConversationId, Seq};
use rusqlite::Connection;

use super::position::{position, seq_of};

/// A message is deleted by an event. One that shows only in a thread, beside the timeline, is marked as `beside`: it was never
/// counted among the messages of its conversation, so its deletion is subtracted nowhere.
pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    id: ConversationId,
    target: Seq,
    event: Seq,
    is_in_timeline: bool,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO deletion (message, seq, beside) VALUES (?1, ?2, ?3)")?
        .execute([position(id, target), event.0, u64::from(!is_in_timeline)])?;
    Ok(())
}

/// How many messages of the timeline after a seq were deleted by events before another seq.
pub(in crate::storage::sqlite) fn count_after(
    connection: &Connection,
    id: ConversationId,
    after: Seq,
    deleted_before: Seq,
) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM deletion WHERE message > ?1 AND message <= ?2 AND seq < ?3 AND NOT beside",
        )?
        .query_row(
            [position(id, after), position(id, Seq(u64::MAX)), deleted_before.0.min(i64::MAX.unsigned_abs())],
            |row| row.get(0),
        )
}

/// The deleted messages from one seq to another.
pub(in crate::storage::sqlite) fn between(
    connection: &Connection,
    id: ConversationId,
    (first, last): (Seq, Seq),
) -> rusqlite::Result<HashSet<Seq>> {
    connection
        .prepare_cached("SELECT message FROM deletion WHERE message BETWEEN ?1 AND ?2")?
        .query_map([position(id, first), position(id, last)], |row| Ok(seq_of(row.get(0)?)))?
        .collect()
}

/// Whether a conversation has deleted messages.
pub(in crate::storage::sqlite) fn any(connection: &Connection, id: ConversationId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM deletion WHERE message BETWEEN ?1 AND ?2)")?
        .query_row([position(id, Seq(0)), position(id, Seq(u64::MAX))], |row| row.get(0))
}

/// Whether a message is deleted.
pub(in crate::storage::sqlite) fn contains(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM deletion WHERE message = ?1)")?
        .query_row([position(id, seq)], |row| row.get(0))
}
