//! The ends of the logs. An event is first added to `recent`, a table in the order of commits: that touches a page or
//! two per transaction, however many conversations it is about. Later, many at once, events are settled: moved to
//! `event`, where each conversation's stand together, and what they changed of conversations and cursors is written.
//!
//! Until then the writer has it in memory ([`Head`]), and readers fold it ([`overlay`](super::overlay)). After a crash
//! `recent` says it all.

use std::collections::HashMap;

use confab_shared::{
    ids::{ClientId, ConversationId, UserId},
    model::EventBody,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    heads::{self, Head, Heads},
    rows,
    statements::Statements,
};
use crate::store::{Placed, StoredEvent};

/// How many events may be in `recent`: the more, the less a message costs, and the more a reader looks through.
const EVENTS: usize = 16_384;

/// How many bytes of text may be in `recent`.
const BYTES: usize = 4 * 1024 * 1024;

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
            EventBody::Posted { .. } => Self::Posted,
            EventBody::Joined { .. } => Self::Joined,
            EventBody::Renamed { .. } => Self::Renamed,
            EventBody::Left => Self::Left,
            EventBody::Unknown => Self::Unknown,
        }
    }
}

/// How much is in `recent`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Length {
    events: usize,
    bytes: usize,
}

/// What the writer keeps in memory of the logs.
#[derive(Debug)]
pub(super) struct Log {
    heads: Heads,
    /// The commands whose events are in `recent`.
    commands: HashMap<(UserId, ClientId), (Placed, Deed)>,
    length: Length,
    /// Whether the heads and commands of all of `recent` are in memory. Where not, they are looked for in the file.
    complete: bool,
}

impl Log {
    /// As the file has it; a crash may have left something in `recent`.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let length = connection.query_row(
            "SELECT count(*), coalesce(sum(octet_length(text)), 0) FROM recent",
            [],
            |row| Ok(Length { events: row.get(0)?, bytes: row.get(1)? }),
        )?;
        let (heads, commands) = (Heads::default(), HashMap::new());
        Ok(Self { heads, commands, length, complete: length.events == 0 })
    }

    /// The head of a conversation, read from the file where it is not kept.
    pub(super) fn head(
        &mut self,
        connection: &Connection,
        id: ConversationId,
    ) -> rusqlite::Result<Option<&mut Head>> {
        if self.heads.kept(id).is_none() {
            let Some(mut head) = heads::read(connection, id)? else { return Ok(None) };
            if !self.complete {
                for stored in recent_of(connection, id)? {
                    head.take(connection, &stored.event)?;
                }
            }
            self.heads.keep(id, head);
        }
        Ok(self.heads.kept(id))
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
        let key = params![sender.0, client_id.0.as_bytes()];
        let mut found = statements.of_command.query_row(key, rows::event).optional()?;
        if found.is_none() && !self.complete {
            found = connection
                .prepare_cached(&format!(
                    "SELECT {} FROM recent WHERE sender = ?1 AND client_id = ?2",
                    rows::EVENT
                ))?
                .query_row(key, rows::event)
                .optional()?;
        }
        Ok(found.map(|stored| (Placed::of(&stored.event), Deed::of(&stored.event.body))))
    }

    /// Adds an event at the end of its conversation's log.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
        stored: &StoredEvent,
    ) -> rusqlite::Result<()> {
        let event = &stored.event;
        let head = self.head(connection, event.conversation)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        head.take(connection, event)?;
        let messages = head.messages;
        let (text, body) = match &event.body {
            EventBody::Posted { text, mentions, .. } if mentions.is_empty() => (Some(text.as_str()), None),
            EventBody::Posted { text, mentions, .. } => (Some(text.as_str()), Some(rows::json(mentions)?)),
            other => (None, Some(rows::json(other)?)),
        };
        statements.insert.execute(params![
            event.conversation.0,
            event.seq.0,
            event.at.0,
            event.by.0,
            event.client_id.as_ref().map(|id| id.0.as_bytes()),
            messages,
            text,
            body,
            stored.legacy.as_deref(),
        ])?;
        self.length.events += 1;
        self.length.bytes += text.map_or(0, str::len);
        if let Some(client_id) = event.client_id {
            self.commands.insert((event.by, client_id), (Placed::of(event), Deed::of(&event.body)));
        }
        Ok(())
    }

    /// Before a transaction: what [`Self::rolled_back`] needs should it come to nothing.
    pub(super) fn begin(&mut self) -> Length {
        self.heads.make_room();
        self.length
    }

    /// Forgets what is of a transaction that came to nothing, and with it what is not: the file says it.
    pub(super) fn rolled_back(&mut self, before: Length) {
        self.heads.clear();
        self.commands.clear();
        self.length = before;
        self.complete = before.events == 0;
    }

    /// Whether everything is in its place.
    pub(super) fn is_settled(&self) -> bool {
        self.length.events == 0
    }

    /// Whether it is time to settle.
    pub(super) fn is_long(&self) -> bool {
        self.length.events >= EVENTS || self.length.bytes >= BYTES
    }

    /// Moves all of `recent` to its place, in the open transaction. [`Self::settled`] is for after the commit.
    pub(super) fn settle(
        &mut self,
        connection: &Connection,
        statements: &mut Statements<'_>,
    ) -> rusqlite::Result<()> {
        if !self.complete {
            let ids: Vec<_> = connection
                .prepare_cached("SELECT DISTINCT conversation FROM recent")?
                .query_map([], |row| Ok(ConversationId(row.get(0)?)))?
                .collect::<rusqlite::Result<_>>()?;
            for id in ids {
                self.head(connection, id)?;
            }
        }
        for (id, head) in self.heads.unsettled() {
            head.save(statements, id)?;
        }
        connection
            .prepare_cached(&format!(
                "INSERT INTO event ({0}) SELECT {0} FROM recent ORDER BY conversation, seq",
                rows::EVENT
            ))?
            .execute([])?;
        connection.prepare_cached("DELETE FROM recent")?.execute([])?;
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

/// The events of a conversation that are not in their place yet, in seq order.
pub(super) fn recent_of(connection: &Connection, id: ConversationId) -> rusqlite::Result<Vec<StoredEvent>> {
    connection
        .prepare_cached(&format!(
            "SELECT {} FROM recent WHERE conversation = ?1 ORDER BY rowid",
            rows::EVENT
        ))?
        .query_map([rows::key(id)], rows::event)?
        .collect()
}
