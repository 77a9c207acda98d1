//! Reads the logs.

use std::ops::ControlFlow;

use confab_shared::id::{ConversationId, Seq, UserId};
use rusqlite::Connection;

use super::{
    engine::segment::{self, Entry, Table},
    tables::{conversations, users},
};
use crate::storage::{EventRun, Range};

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
    let compacted = connection
        .prepare_cached("SELECT head_seq FROM conversation WHERE id = ?1")?
        .query_row([id.0], |row| Ok(Seq(row.get(0)?)))?;
    let head_seq = segment::newest_buffered(connection, id)?.unwrap_or(compacted);
    let (first, last) = range.bounds(head_seq, limit);
    let mut events = Vec::new();
    if first <= last {
        let mut push = |entry: Entry| {
            events.push(entry.stored);
            ControlFlow::Continue(())
        };
        segment::visit(connection, Table::Segments, id, (first, last), &mut push)?;
        if last > compacted {
            segment::visit(connection, Table::WriteBuffer, id, (first, last), push)?;
        }
    }
    let mut ids: Vec<_> = events.iter().flat_map(|stored| stored.event.users()).collect();
    ids.sort_unstable();
    ids.dedup();
    let users = users::by_ids(connection, &ids)?;
    Ok(Some(EventRun { events, users, head_seq }))
}
