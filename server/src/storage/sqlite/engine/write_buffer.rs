//! The write buffer: the ends of the logs. A transaction's events are first added to one table in the order of commits, a
//! segment per conversation, which touches a page or two, however many conversations there are. Later, many at once,
//! segments are compacted: they are moved to the table of segments, where those of a conversation are adjacent, and their
//! changes of conversations and read positions are written.
//!
//! Until then the writer has those changes in memory ([`Head`]), and readers apply them ([`overlay`](super::overlay)).
//! After a crash they are read from the table.

use std::{
    collections::{HashMap, hash_map::Entry},
    ops::ControlFlow,
};

use confab_shared::id::{ClientId, ConversationId, Seq, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use rustc_hash::FxHashMap;

use super::{
    compaction,
    heads::{self, Head, Heads},
    scrub::{overwrite_free_pages, scrub},
    segment::{self, Segment, Table},
    statements::Statements,
};
use crate::{
    domain::{earlier::Earlier, event_position::EventPosition, notification::StoredEvent},
    storage::sqlite::tables::position::position,
};

/// The events from which on the buffer is compacted: the more, the less a message costs, and the more a reader visits.
const MAX_EVENTS: u64 = 131_072;

/// The bytes from which on the buffer is compacted.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// How much is in the buffer.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    events: u64,
    bytes: usize,
}

/// What the writer keeps in memory of the buffer.
#[derive(Debug, Default)]
pub(crate) struct WriteBuffer {
    heads: Heads,
    /// The commands whose events are in the buffer.
    commands: HashMap<(UserId, ClientId), Earlier>,
    size: Size,
    /// Whether the heads of all buffered events are cached. Where not, the table is read for them.
    complete: bool,
    transaction: OpenTransaction,
}

/// What the open transaction did.
#[derive(Debug, Default)]
struct OpenTransaction {
    size_before: Size,
    /// The conversations with an open segment.
    open_segments: Vec<ConversationId>,
    commands: Vec<(UserId, ClientId)>,
}

impl WriteBuffer {
    /// Reads what a crash has left in the table.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut buffer = Self { complete: true, ..Self::default() };
        let mut query =
            connection.prepare(&format!("SELECT {} FROM write_buffer ORDER BY rowid", segment::COLUMNS))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (id, segment) = (segment::conversation(row)?, Segment::read(row)?);
            buffer.size.bytes += segment.events.len();
            for entry in segment.entries(id) {
                let event = entry?.stored.event;
                buffer.size.events += 1;
                if let Some(client_id) = event.client_id {
                    buffer.commands.insert((event.by, client_id), Earlier::of(&event));
                }
            }
            let head = buffer.head(connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            head.apply_segment(connection, segment)?;
        }
        Ok(buffer)
    }

    /// The head of a conversation, read from the file where it is not cached.
    pub(crate) fn head(
        &mut self,
        connection: &Connection,
        id: ConversationId,
    ) -> rusqlite::Result<Option<&mut Head>> {
        if !self.heads.contains(id) {
            let Some(mut head) = heads::read(connection, id)? else { return Ok(None) };
            if !self.complete {
                for segment in segment::buffered(connection, id)? {
                    head.apply_segment(connection, segment)?;
                }
            }
            self.heads.insert(head);
        }
        Ok(self.heads.touch(id))
    }

    /// What an earlier command of a sender and an id did.
    pub(super) fn earlier(
        &self,
        connection: &Connection,
        statements: &mut Statements<'_>,
        sender: UserId,
        client_id: ClientId,
    ) -> rusqlite::Result<Option<Earlier>> {
        if let Some(found) = self.commands.get(&(sender, client_id)) {
            return Ok(Some(*found));
        }
        let row = |row: &Row<'_>| {
            let unchanged_at: Option<u64> = row.get(2)?;
            Ok((ConversationId(row.get(0)?), Seq(row.get(1)?), unchanged_at.map(Timestamp)))
        };
        let key = params![client_id.0.as_bytes(), sender.0];
        let Some((id, seq, unchanged_at)) = statements.find_command.query_row(key, row).optional()? else {
            return Ok(None);
        };
        if let Some(at) = unchanged_at {
            return Ok(Some(Earlier { position: EventPosition { conversation: id, seq, at }, event: None }));
        }
        let mut found = None;
        segment::visit(connection, Table::Segments, id, (seq, seq), |entry| {
            found = Some(Earlier::of(&entry.stored.event));
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Appends an event to its conversation's log. It is written with those that follow it, by
    /// [`Self::write`].
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
        stored: &StoredEvent,
    ) -> rusqlite::Result<()> {
        let event = &stored.event;
        let head = self.head(connection, event.conversation)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let messages_before = head.last_ordinal();
        head.apply(connection, event)?;
        let full = head.open_segment.take_if(|segment| segment.is_full());
        let opened = head.open_segment.is_none();
        head.open_segment.get_or_insert_with(|| Segment::new(event.seq, messages_before)).add(stored)?;
        if let Some(full) = full {
            self.size.bytes += insert(statements, event.conversation, head, full)?;
        } else if opened {
            self.transaction.open_segments.push(event.conversation);
        }
        self.size.events += 1;
        if let Some(client_id) = event.client_id {
            let command = (event.by, client_id);
            self.commands.insert(command, Earlier::of(event));
            self.transaction.commands.push(command);
        }
        Ok(())
    }

    /// Writes what was added, before the transaction is committed.
    pub(super) fn write(&mut self, statements: &mut Statements<'_>) -> rusqlite::Result<()> {
        for id in self.transaction.open_segments.drain(..) {
            if let Some(head) = self.heads.touch(id)
                && let Some(segment) = head.open_segment.take()
            {
                self.size.bytes += insert(statements, id, head, segment)?;
            }
        }
        Ok(())
    }

    /// A transaction begins.
    pub(super) fn begin(&mut self) {
        self.heads.begin();
        self.transaction.size_before = self.size;
        self.transaction.commands.clear();
    }

    /// The open transaction was rolled back: what it changed is dropped, and read from the file again.
    pub(super) fn rolled_back(&mut self) {
        self.size = self.transaction.size_before;
        self.transaction.open_segments.clear();
        for command in self.transaction.commands.drain(..) {
            self.commands.remove(&command);
        }
        let dropped = self.heads.drop_touched();
        self.complete = self.is_empty() || (self.complete && !dropped);
    }

    /// How many events it has.
    pub(super) fn events(&self) -> u64 {
        self.size.events
    }

    /// Whether it has no events.
    pub(super) fn is_empty(&self) -> bool {
        self.size.events == 0
    }

    /// Whether it is time to compact.
    pub(super) fn is_full(&self) -> bool {
        self.size.events >= MAX_EVENTS || self.size.bytes >= MAX_BYTES
    }

    /// Whether it is far beyond that: compaction failed, and the buffer must not grow for ever.
    pub(super) fn is_overfull(&self) -> bool {
        self.size.events >= 2 * MAX_EVENTS || self.size.bytes >= 2 * MAX_BYTES
    }

    /// Moves all events to where they belong, in the open transaction. [`Self::compacted`] is for after the commit.
    pub(super) fn compact(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
    ) -> rusqlite::Result<()> {
        if !self.complete {
            self.read_missing(connection)?;
        }
        // First: what follows goes to the pages that this frees, so that fewer are written.
        statements.empty_write_buffer.execute([])?;
        let mut buffered: Vec<_> = self.heads.buffered().collect();
        buffered.sort_unstable_by_key(|(id, _)| *id);
        let (mut events, mut scrubbed) = (0, false);
        for (id, head) in buffered {
            head.save(statements)?;
            compaction::compact(statements, id, &head.buffered)?;
            scrub(connection, id, &head.deleted)?;
            scrubbed |= !head.deleted.is_empty();
            events += head.tail.len();
        }
        if scrubbed {
            overwrite_free_pages(connection)?;
        }
        // What was in the table is nowhere else.
        if events as u64 != self.size.events {
            return Err(rusqlite::Error::StatementChangedRows(events));
        }
        // In the order that they have in the file.
        let mut commands: Vec<_> = self.commands.iter().collect();
        commands.sort_unstable_by_key(|((sender, client_id), _)| (*client_id, *sender));
        for ((sender, client_id), Earlier { position, .. }) in commands {
            let row = params![client_id.0.as_bytes(), sender.0, position.conversation.0, position.seq.0];
            statements.insert_command.execute(row)?;
        }
        Ok(())
    }

    /// Reads all heads of buffered events that are not cached. The table is read once, however many they are: once for
    /// each head would take minutes where a disk was full for a while.
    fn read_missing(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut missing: FxHashMap<ConversationId, Head> = FxHashMap::default();
        let mut query = connection
            .prepare_cached(&format!("SELECT {} FROM write_buffer ORDER BY rowid", segment::COLUMNS))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let id = segment::conversation(row)?;
            if self.heads.contains(id) {
                continue;
            }
            let head = match missing.entry(id) {
                Entry::Occupied(begun) => begun.into_mut(),
                Entry::Vacant(vacant) => {
                    vacant.insert(heads::read(connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?)
                }
            };
            head.apply_segment(connection, Segment::read(row)?)?;
        }
        missing.into_values().for_each(|head| self.heads.insert(head));
        self.complete = true;
        Ok(())
    }

    /// The compaction is committed.
    pub(super) fn compacted(&mut self) {
        self.heads.buffered().for_each(|(_, head)| head.compacted());
        self.commands.clear();
        self.size = Size::default();
        self.complete = true;
    }
}

/// Writes a segment into the table; answers how many bytes its events take.
fn insert(
    statements: &mut Statements<'_>,
    id: ConversationId,
    head: &mut Head,
    segment: Segment,
) -> rusqlite::Result<usize> {
    let (position, bytes) = (position(id, segment.last), segment.events.len());
    statements.insert_buffered.execute(params![
        position,
        segment.first.0,
        segment.messages_before,
        segment.events
    ])?;
    head.buffered.push(segment);
    Ok(bytes)
}
