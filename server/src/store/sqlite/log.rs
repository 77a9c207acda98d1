//! The ends of the logs. A transaction's events are first added to `recent`, a table in the order of commits, a run per
//! conversation: that touches a page or two, however many conversations it is about. Later, many at once, runs are
//! settled: moved to `run`, where each conversation's stand together, and what they changed of conversations and cursors
//! is written.
//!
//! Until then the writer has it in memory ([`Head`]), and readers fold it ([`overlay`](super::overlay)). After a crash
//! `recent` says it all.

use std::{
    collections::{HashMap, hash_map::Entry},
    ops::ControlFlow,
};

use confab_shared::{event::EventBody, id::{ClientId, ConversationId, Seq, UserId}};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    heads::{self, Head, Heads},
    runs::{self, Run, Table},
    statements::Statements,
};
use crate::{
    id_map::IdMap,
    store::{Placed, StoredEvent},
};

/// How many events may be in `recent`: the more, the less a message costs, and the more a reader looks through.
const EVENTS: u64 = 131_072;

/// How many bytes of runs may be in `recent`.
const BYTES: usize = 16 * 1024 * 1024;

/// What a command did, for when it comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Posted,
    Joined,
    Renamed,
    Left,
    Unknown,
}

impl Deed {
    pub(super) fn of(body: &EventBody) -> Self {
        match body {
            EventBody::Posted(_) => Self::Posted,
            EventBody::Joined(_) => Self::Joined,
            EventBody::Renamed(_) => Self::Renamed,
            EventBody::Left(_) => Self::Left,
            EventBody::Unknown => Self::Unknown,
        }
    }
}

/// How much is in `recent`.
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    events: u64,
    bytes: usize,
}

/// What the writer keeps in memory of the logs.
#[derive(Debug, Default)]
pub(super) struct Log {
    heads: Heads,
    /// The commands whose events are in `recent`.
    commands: HashMap<(UserId, ClientId), (Placed, Deed)>,
    length: Length,
    /// Whether the heads of all of `recent` are kept. Where not, `recent` is looked through for them.
    complete: bool,
    open: Open,
}

/// What the open transaction did.
#[derive(Debug, Default)]
struct Open {
    before: Length,
    /// Whose heads hold runs that are to be written.
    written_to: Vec<ConversationId>,
    commands: Vec<(UserId, ClientId)>,
}

impl Log {
    /// As the file has it; a crash may have left something in `recent`.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut log = Self { complete: true, ..Self::default() };
        let mut query =
            connection.prepare(&format!("SELECT {} FROM recent ORDER BY rowid", runs::COLUMNS))?;
        let mut rows = query.query([])?;
        while let Some(run) = rows.next()? {
            let (id, run) = (runs::conversation(run)?, Run::read(run)?);
            log.length.bytes += run.events.len();
            for entry in run.entries(id) {
                let event = entry?.stored.event;
                log.length.events += 1;
                if let Some(client_id) = event.client_id {
                    log.commands.insert((event.by, client_id), (Placed::of(&event), Deed::of(&event.body)));
                }
            }
            let head = log.head(connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            head.take_run(connection, id, run)?;
        }
        Ok(log)
    }

    /// The head of a conversation, read from the file where it is not kept.
    pub(super) fn head(
        &mut self,
        connection: &Connection,
        id: ConversationId,
    ) -> rusqlite::Result<Option<&mut Head>> {
        if !self.heads.has(id) {
            let Some(mut head) = heads::read(connection, id)? else { return Ok(None) };
            if !self.complete {
                for run in runs::recent(connection, id)? {
                    head.take_run(connection, id, run)?;
                }
            }
            self.heads.keep(id, head);
        }
        Ok(self.heads.touch(id))
    }

    /// What a command did before.
    pub(super) fn of_command(
        &self,
        connection: &Connection,
        statements: &mut Statements<'_>,
        sender: UserId,
        client_id: ClientId,
    ) -> rusqlite::Result<Option<(Placed, Deed)>> {
        if let Some(found) = self.commands.get(&(sender, client_id)) {
            return Ok(Some(*found));
        }
        let place = |row: &Row<'_>| Ok((ConversationId(row.get(0)?), Seq(row.get(1)?)));
        let key = params![client_id.0.as_bytes(), sender.0];
        let Some((id, seq)) = statements.of_command.query_row(key, place).optional()? else {
            return Ok(None);
        };
        let mut found = None;
        runs::walk(connection, Table::Run, id, (seq, seq), |entry| {
            let event = entry.stored.event;
            found = Some((Placed::of(&event), Deed::of(&event.body)));
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Adds an event at the end of its conversation's log. It is written with those that follow it, by
    /// [`Self::write`].
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
        stored: &StoredEvent,
    ) -> rusqlite::Result<()> {
        let event = &stored.event;
        let head = self.head(connection, event.conversation)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let messages = head.message_count;
        head.take(connection, event)?;
        let full = head.run.take_if(|run| run.is_full());
        let begins = head.run.is_none();
        head.run.get_or_insert_with(|| Run::new(event.seq, messages)).add(stored)?;
        if let Some(full) = full {
            self.length.bytes += insert(statements, event.conversation, head, full)?;
        } else if begins {
            self.open.written_to.push(event.conversation);
        }
        self.length.events += 1;
        if let Some(client_id) = event.client_id {
            let command = (event.by, client_id);
            self.commands.insert(command, (Placed::of(event), Deed::of(&event.body)));
            self.open.commands.push(command);
        }
        Ok(())
    }

    /// Writes what was added, before the transaction is committed.
    pub(super) fn write(&mut self, statements: &mut Statements<'_>) -> rusqlite::Result<()> {
        for id in self.open.written_to.drain(..) {
            if let Some(head) = self.heads.touch(id)
                && let Some(run) = head.run.take()
            {
                self.length.bytes += insert(statements, id, head, run)?;
            }
        }
        Ok(())
    }

    /// A transaction begins.
    pub(super) fn begin(&mut self) {
        self.heads.begin();
        self.open.before = self.length;
        self.open.commands.clear();
    }

    /// The open transaction came to nothing: what it changed is forgotten, and read from the file again.
    pub(super) fn rolled_back(&mut self) {
        self.length = self.open.before;
        self.open.written_to.clear();
        for command in self.open.commands.drain(..) {
            self.commands.remove(&command);
        }
        let forgotten = self.heads.forget_touched();
        self.complete = self.is_settled() || (self.complete && !forgotten);
    }

    /// Whether everything is in its place.
    pub(super) fn is_settled(&self) -> bool {
        self.length.events == 0
    }

    /// Whether it is time to settle.
    pub(super) fn is_long(&self) -> bool {
        self.length.events >= EVENTS || self.length.bytes >= BYTES
    }

    /// Whether it is far beyond that: it could not be settled, and must not grow for ever.
    pub(super) fn is_too_long(&self) -> bool {
        self.length.events >= 2 * EVENTS || self.length.bytes >= 2 * BYTES
    }

    /// Moves all of `recent` to its place, in the open transaction. [`Self::settled`] is for after the commit.
    pub(super) fn settle(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
    ) -> rusqlite::Result<()> {
        if !self.complete {
            self.read_missing(connection)?;
        }
        // First: what follows goes to the pages that this frees, so that fewer are written.
        statements.empty_recent.execute([])?;
        let mut unsettled: Vec<_> = self.heads.unsettled().collect();
        unsettled.sort_unstable_by_key(|(id, _)| *id);
        let mut events = 0;
        for (id, head) in unsettled {
            head.save(statements, id)?;
            runs::settle(statements, id, &head.recent)?;
            events += head.tail.len();
        }
        // What was in `recent` is nowhere else.
        if events as u64 != self.length.events {
            return Err(rusqlite::Error::StatementChangedRows(events));
        }
        // In the order that they have in the file.
        let mut commands: Vec<_> = self.commands.iter().collect();
        commands.sort_unstable_by_key(|((sender, client_id), _)| (*client_id, *sender));
        for ((sender, client_id), (placed, _)) in commands {
            let place = params![client_id.0.as_bytes(), sender.0, placed.conversation.0, placed.seq.0];
            statements.insert_command.execute(place)?;
        }
        Ok(())
    }

    /// Reads all heads of `recent` that are not kept. It is looked through once, however many they are: for each head
    /// by itself would take minutes where a disk was full for a while.
    fn read_missing(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut missing: IdMap<ConversationId, Head> = IdMap::default();
        let mut query =
            connection.prepare_cached(&format!("SELECT {} FROM recent ORDER BY rowid", runs::COLUMNS))?;
        let mut rows = query.query([])?;
        while let Some(run) = rows.next()? {
            let id = runs::conversation(run)?;
            if self.heads.has(id) {
                continue;
            }
            let head = match missing.entry(id) {
                Entry::Occupied(begun) => begun.into_mut(),
                Entry::Vacant(place) => {
                    place.insert(heads::read(connection, id)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?)
                }
            };
            head.take_run(connection, id, Run::read(run)?)?;
        }
        missing.into_iter().for_each(|(id, head)| self.heads.keep(id, head));
        self.complete = true;
        Ok(())
    }

    /// Everything is in its place, and committed.
    pub(super) fn settled(&mut self) {
        self.heads.unsettled().for_each(|(_, head)| head.settled());
        self.commands.clear();
        self.length = Length::default();
        self.complete = true;
    }
}

/// Writes a run into `recent`; answers how many bytes its events take.
fn insert(
    statements: &mut Statements<'_>,
    id: ConversationId,
    head: &mut Head,
    run: Run,
) -> rusqlite::Result<usize> {
    let (place, bytes) = (runs::place(id, run.last), run.events.len());
    statements.insert_recent.execute(params![place, run.first.0, run.message_count, run.events])?;
    head.recent.push(run);
    Ok(bytes)
}
