//! Removes from the log, and from the free pages of the file, what deleted messages said. The texts go at the compaction
//! after the deletion; reads hide them until then.

use confab_shared::id::{ConversationId, Seq};
use rusqlite::{Connection, params};

use super::segment;
use crate::{domain::redaction::redact, storage::sqlite::tables::message_events};

/// Removes the texts and reactions of deleted messages from all events of a conversation, which are in segments.
pub(super) fn scrub(connection: &Connection, id: ConversationId, deleted: &[Seq]) -> rusqlite::Result<()> {
    for target in deleted {
        let mut events = message_events::of(connection, id, *target)?;
        events.push(*target);
        for seq in events {
            segment::rewrite(connection, id, seq, |stored| redact(stored, |seq| deleted.contains(&seq)))?;
        }
        message_events::delete(connection, id, *target)?;
    }
    Ok(())
}

/// The pages that one row takes at most: 1 MiB.
const PAGES_PER_ROW: usize = 256;

/// Overwrites the free pages of the file, which may contain earlier copies of texts: rows of blanks in the write buffer,
/// which is empty, take all of them and are deleted again.
pub(super) fn overwrite_free_pages(connection: &Connection) -> rusqlite::Result<()> {
    let count = |pragma| connection.query_row(pragma, [], |row| row.get::<_, usize>(0));
    // Each page of a row that takes several begins with the number of the next one.
    let room = count("PRAGMA page_size")? - 4;
    let mut insert = connection.prepare_cached(
        "INSERT INTO write_buffer (position, first_seq, messages_before, events) VALUES (0, 0, 0, ?1)",
    )?;
    loop {
        match count("PRAGMA freelist_count")? {
            0 => break,
            free => insert.execute(params![" ".repeat(room * free.min(PAGES_PER_ROW))])?,
        };
    }
    connection.execute("DELETE FROM write_buffer", [])?;
    Ok(())
}
