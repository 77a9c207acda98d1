//! The logs: events out of segments and into them.

use std::sync::Arc;

use confab_shared::{
    event::{Event, EventBody},
    id::{ConversationId, Seq},
};
use rusqlite::{Connection, params};

use crate::{
    domain::notification::StoredEvent,
    storage::{
        sqlite::{
            engine::segment::{COLUMNS, Segment, events},
            tables::{deletions, position::position},
        },
        transfer::{Record, record::EventRecord},
    },
};

/// Events behind one, in the order of their conversations and seqs. The write buffer is empty.
pub(super) fn page(
    connection: &Connection,
    after: Option<&Record>,
    limit: usize,
) -> rusqlite::Result<Vec<Record>> {
    let after = match after {
        Some(Record::Events(event)) => (event.conversation, event.seq),
        _ => (ConversationId(0), Seq(0)),
    };
    let mut query = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM segment WHERE position > ?1 ORDER BY position"))?;
    let mut segments = query.query([position(after.0, after.1)])?;
    let mut records = Vec::new();
    while let Some(segment) = segments.next()? {
        for entry in events(segment)? {
            let entry = entry?;
            let event = &entry.stored.event;
            if (event.conversation, event.seq) > after {
                records.push(Record::Events(EventRecord::new(entry.stored, entry.ordinal)));
            }
            if records.len() == limit {
                return Ok(records);
            }
        }
    }
    Ok(records)
}

/// Writes events into segments, and what SQLite has beside them: the ids of their commands, and which messages they deleted.
pub(super) fn import(connection: &Connection, records: Vec<Record>) -> rusqlite::Result<()> {
    let mut open: Option<(ConversationId, Segment)> = None;
    for record in records {
        let Record::Events(record) = record else { continue };
        let messages_before = record.ordinal - u64::from(record.body.timeline_message().is_some());
        let stored = stored(record);
        let event = &stored.event;
        write_beside(connection, event)?;
        let id = event.conversation;
        if let Some((of, full)) = open.take_if(|(of, segment)| *of != id || segment.is_full()) {
            write(connection, of, &full)?;
        }
        open.get_or_insert_with(|| (id, Segment::new(event.seq, messages_before))).1.add(&stored)?;
    }
    match open {
        Some((id, segment)) => write(connection, id, &segment),
        None => Ok(()),
    }
}

fn stored(record: EventRecord) -> StoredEvent {
    let EventRecord { conversation, seq, at, by, client_id, body, legacy, .. } = record;
    let event = Event { conversation, seq, at, by, client_id, body };
    StoredEvent { event, legacy: legacy.map(Arc::from) }
}

fn write_beside(connection: &Connection, event: &Event) -> rusqlite::Result<()> {
    let Event { conversation: id, seq, .. } = *event;
    if let Some(client_id) = event.client_id {
        connection
            .prepare_cached(
                "INSERT INTO command (client_id, sender, conversation, seq) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![client_id.0.as_bytes(), event.by.0, id.0, seq.0])?;
    }
    match &event.body {
        EventBody::Deleted(deleted) => {
            deletions::insert(connection, id, deleted.target, seq, deleted.is_in_timeline())
        }
        _ => Ok(()),
    }
}

fn write(connection: &Connection, id: ConversationId, segment: &Segment) -> rusqlite::Result<()> {
    connection.prepare_cached(&format!("INSERT INTO segment ({COLUMNS}) VALUES (?1, ?2, ?3, ?4)"))?.execute(
        params![position(id, segment.last), segment.first.0, segment.messages_before, segment.events],
    )?;
    Ok(())
}
