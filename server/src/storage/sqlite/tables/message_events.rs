//! The events that contain a text or a reaction of a message, beside the one that posted it: its revisions, and what has
//! to be removed from the log once it is deleted.

use confab_shared::id::{ConversationId, Seq};
use rusqlite::Connection;

use super::position::position;

pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    id: ConversationId,
    target: Seq,
    event: Seq,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR IGNORE INTO message_event (message, seq) VALUES (?1, ?2)")?
        .execute([position(id, target), event.0])?;
    Ok(())
}

/// The events of a message, in their order.
pub(in crate::storage::sqlite) fn of(
    connection: &Connection,
    id: ConversationId,
    target: Seq,
) -> rusqlite::Result<Vec<Seq>> {
    connection
        .prepare_cached("SELECT seq FROM message_event WHERE message = ?1 ORDER BY seq")?
        .query_map([position(id, target)], |row| Ok(Seq(row.get(0)?)))?
        .collect()
}

/// Deletes the entries of a message.
pub(in crate::storage::sqlite) fn delete(
    connection: &Connection,
    id: ConversationId,
    target: Seq,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM message_event WHERE message = ?1")?
        .execute([position(id, target)])?;
    Ok(())
}
