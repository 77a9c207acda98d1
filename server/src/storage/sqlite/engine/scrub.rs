//! Removes from the log what deleted messages said. The texts go at the compaction after the deletion; reads hide them
//! until then.

use confab_shared::id::{ConversationId, Seq};
use rusqlite::Connection;

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
