//! Reads events that are to be indexed, and writes their messages to the index, in one transaction.

use std::collections::BTreeMap;

use confab_shared::{
    event::EventBody,
    id::{ConversationId, Seq, Timestamp},
    message::Message,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::upkeep;
use crate::{
    domain::search_terms,
    storage::sqlite::{log, messages, tables::position::position},
};

/// The most events of a batch.
pub(super) const MAX_EVENTS: usize = 2_000;

/// The most events of a batch while the server is busy: work for some milliseconds.
pub(super) const FEW_EVENTS: usize = 100;

/// The bytes of texts from which on a batch takes no more events.
const FULL_BYTES: usize = 1024 * 1024;

/// The numbers that the messages of one millisecond have: more take those of the next.
pub(super) const IDS_PER_MS: i64 = 1 << 12;

/// The first id of a time.
pub(super) fn first_id(Timestamp(at): Timestamp) -> i64 {
    i64::try_from(at)
        .map_or(i64::MAX - IDS_PER_MS, |at| at.saturating_mul(IDS_PER_MS).min(i64::MAX - IDS_PER_MS))
}

/// The time of an id.
pub(super) fn time_of(id: i64) -> Timestamp {
    Timestamp((id / IDS_PER_MS).unsigned_abs())
}

/// What is to be written.
#[derive(Default)]
pub(super) struct Batch {
    /// The messages as they are now, by conversation and seq; none for one that is deleted.
    documents: BTreeMap<(ConversationId, Seq), Document>,
    /// Up to which event each conversation is read.
    pub(super) progress: Vec<(ConversationId, Seq)>,
}

struct Document {
    /// None where the message is deleted.
    message: Option<Message>,
    /// Whether its terms may differ from those that are indexed, beside those of the flags.
    has_new_text: bool,
}

impl Batch {
    /// Reads events behind what is indexed, of the last conversations of a list; those that are indexed by them to their heads
    /// are taken from the list.
    pub(super) fn read(
        connection: &Connection,
        left: &mut Vec<(ConversationId, Seq, Seq)>,
        max_events: usize,
    ) -> rusqlite::Result<Self> {
        let mut batch = Self::default();
        let (mut events, mut bytes) = (0, 0);
        while events < max_events && bytes < FULL_BYTES {
            let Some((id, after, head)) = left.last_mut() else { break };
            let room = (max_events - events) as u64;
            let last = Seq(head.0.min(after.0 + room.min(1 + (FULL_BYTES - bytes) as u64 / 512)));
            let read = log::between(connection, *id, (after.next(), last))?;
            let Some(reached) = read.last().map(|stored| stored.event.seq) else {
                // A gap that no build leaves: indexing it again would not end.
                batch.progress.push((*id, *head));
                left.pop();
                continue;
            };
            events += read.len();
            let mut changed = BTreeMap::new();
            for stored in read {
                let event = stored.event;
                if let EventBody::Posted(posted) = &event.body {
                    bytes += posted.text.as_str().len();
                    let message = Some(Message::new(&event, posted));
                    batch.documents.insert((*id, event.seq), Document { message, has_new_text: true });
                }
                if let Some(content) = event.body.content() {
                    let is_text = matches!(event.body, EventBody::Edited(_) | EventBody::Deleted(_));
                    for seq in content.target().into_iter().chain(content.changed_root()) {
                        *changed.entry(seq).or_default() |= is_text;
                    }
                }
            }
            for (seq, is_text) in changed {
                let message = messages::message(connection, *id, seq)?.filter(|now| now.deleted.is_none());
                bytes += message.as_ref().map_or(0, |message| message.text.as_str().len());
                let has_new_text =
                    is_text || batch.documents.get(&(*id, seq)).is_some_and(|document| document.has_new_text);
                batch.documents.insert((*id, seq), Document { message, has_new_text });
            }
            batch.progress.push((*id, reached));
            if reached == *head {
                left.pop();
            } else {
                *after = reached;
            }
        }
        Ok(batch)
    }
}

/// Writes a batch.
pub(super) fn write(connection: &mut Connection, batch: &Batch) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    // FTS5 writes what it has in memory whenever an id is not behind the one before it.
    let mut terms: BTreeMap<i64, (bool, Option<String>)> = BTreeMap::new();
    for ((conversation, seq), document) in &batch.documents {
        let found = find(&transaction, *conversation, *seq)?;
        let Some(message) = &document.message else {
            if let Some((id, _)) = found {
                transaction.prepare_cached("DELETE FROM document WHERE id = ?1")?.execute([id])?;
                terms.insert(id, (true, None));
            }
            continue;
        };
        let flags = search_terms::flags(message);
        let id = match found {
            Some((_, indexed)) if indexed == flags && !document.has_new_text => continue,
            Some((id, indexed)) => {
                if indexed != flags {
                    let mut update =
                        transaction.prepare_cached("UPDATE document SET flags = ?2 WHERE id = ?1")?;
                    update.execute(params![id, flags])?;
                }
                id
            }
            None => insert(&transaction, message.at, position(*conversation, *seq), flags)?,
        };
        let words = search_terms::of_message(*conversation, message, flags);
        terms.insert(id, (found.is_some(), Some(joined(words))));
    }
    let mut delete = transaction.prepare_cached("DELETE FROM term WHERE rowid = ?1")?;
    let mut insert = transaction.prepare_cached("INSERT INTO term (rowid, terms) VALUES (?1, ?2)")?;
    if terms.values().any(|(was_indexed, _)| *was_indexed) {
        upkeep::note_removed(&transaction)?;
    }
    for (id, (was_indexed, words)) in terms {
        if was_indexed {
            delete.execute([id])?;
        }
        if let Some(words) = words {
            insert.execute(params![id, words])?;
        }
    }
    drop((delete, insert));
    for (conversation, seq) in &batch.progress {
        transaction
            .prepare_cached(
                "INSERT INTO progress (conversation, seq) VALUES (?1, ?2) \
                 ON CONFLICT (conversation) DO UPDATE SET seq = excluded.seq",
            )?
            .execute([conversation.0, seq.0])?;
    }
    transaction.commit()
}

fn joined(terms: impl IntoIterator<Item = String>) -> String {
    let mut text = String::new();
    for term in terms {
        text.push_str(&term);
        text.push(' ');
    }
    text
}

/// The id and the flags of a message that is indexed.
fn find(connection: &Connection, id: ConversationId, seq: Seq) -> rusqlite::Result<Option<(i64, u8)>> {
    connection
        .prepare_cached("SELECT id, flags FROM document WHERE position = ?1")?
        .query_row([position(id, seq)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Inserts a message with the next id of its time.
fn insert(connection: &Connection, at: Timestamp, position: u64, flags: u8) -> rusqlite::Result<i64> {
    let mut first = first_id(at);
    let id = loop {
        let newest: Option<i64> = connection
            .prepare_cached("SELECT max(id) FROM document WHERE id BETWEEN ?1 AND ?2")?
            .query_row([first, first + IDS_PER_MS - 1], |row| row.get(0))?;
        match newest {
            None => break first,
            Some(newest) if newest < first + IDS_PER_MS - 1 => break newest + 1,
            Some(_) => first = first.saturating_add(IDS_PER_MS),
        }
    };
    connection
        .prepare_cached("INSERT INTO document (id, position, flags) VALUES (?1, ?2, ?3)")?
        .execute(params![id, position, flags])?;
    Ok(id)
}
