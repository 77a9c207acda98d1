//! Segments: consecutive events of one conversation in one row. A row per event would cost more than the event. An event
//! is a line of JSON; its conversation, its seq and the ordinal of a message of the timeline follow from its position.

use std::{borrow::Cow, ops::ControlFlow};

use confab_shared::{
    attachment::Attachment,
    event::{Event, EventBody, Posted},
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    text::MessageText,
};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::{Deserialize, Serialize};

use crate::{
    domain::notification::StoredEvent,
    storage::sqlite::tables::position::{conversation_of, position, seq_of},
};

/// The most events of a segment when it is written.
pub(super) const MAX_EVENTS: u64 = 64;

/// The bytes from which on a segment takes no more events.
pub(super) const FULL_BYTES: usize = 16 * 1024;

/// The most events of a segment once it is joined with those beside it: see [`compaction`](super::compaction).
const MAX_EVENTS_JOINED: u64 = 2 * MAX_EVENTS;

/// The tables that hold segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::storage::sqlite) enum Table {
    /// In the order of commits; not compacted yet.
    WriteBuffer,
    /// In the order of the logs.
    Segments,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::WriteBuffer => "write_buffer",
            Self::Segments => "segment",
        }
    }

    /// The column that sorts a conversation's segments.
    fn order(self) -> &'static str {
        match self {
            Self::WriteBuffer => "rowid",
            Self::Segments => "position",
        }
    }
}

/// The columns of a segment, in both tables.
pub(in crate::storage::sqlite) const COLUMNS: &str = "position, first_seq, messages_before, events";

/// The conversation of a segment, from the columns of [`COLUMNS`].
pub(in crate::storage::sqlite) fn conversation(row: &Row<'_>) -> rusqlite::Result<ConversationId> {
    Ok(conversation_of(row.get(0)?))
}

/// A segment that is being written, or is to be compacted.
#[derive(Debug)]
pub(in crate::storage::sqlite) struct Segment {
    pub(in crate::storage::sqlite) first: Seq,
    pub(in crate::storage::sqlite) last: Seq,
    /// How many messages stand before it.
    pub(in crate::storage::sqlite) messages_before: u64,
    /// A line for each event.
    pub(in crate::storage::sqlite) events: String,
}

impl Segment {
    /// An empty segment that is to begin with a seq, behind so many messages.
    pub(in crate::storage::sqlite) fn new(first: Seq, messages_before: u64) -> Self {
        Self { first, last: first, messages_before, events: String::new() }
    }

    /// A segment from the columns of [`COLUMNS`].
    pub(in crate::storage::sqlite) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let last = seq_of(row.get(0)?);
        Ok(Self { first: Seq(row.get(1)?), last, messages_before: row.get(2)?, events: row.get(3)? })
    }

    /// Its events.
    pub(in crate::storage::sqlite) fn entries(
        &self,
        conversation: ConversationId,
    ) -> impl Iterator<Item = rusqlite::Result<Entry>> {
        entries(conversation, self.first, self.messages_before, &self.events)
    }

    /// Adds the next event.
    pub(in crate::storage::sqlite) fn add(&mut self, stored: &StoredEvent) -> rusqlite::Result<()> {
        let line = serde_json::to_string(&Line::of(stored));
        let line = line.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        // Exact: most segments have one line, and stay in memory until they are compacted.
        self.events.reserve(line.len() + 1);
        self.events.push_str(&line);
        self.events.push('\n');
        self.last = stored.event.seq;
        Ok(())
    }

    /// Whether the next event begins another segment.
    pub(in crate::storage::sqlite) fn is_full(&self) -> bool {
        self.last.0 + 1 - self.first.0 >= MAX_EVENTS || self.events.len() >= FULL_BYTES
    }
}

/// The line of an event: when, by whom, the text of a message, and the rest where there is one.
#[derive(Serialize, Deserialize)]
struct Line<'a>(
    Timestamp,
    UserId,
    Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Rest::is_empty")] Rest<'a>,
);

/// What few messages have, and every other event.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct Rest<'a> {
    /// The id of the command.
    #[serde(default, rename = "id", skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    /// The members whom a message mentions.
    #[serde(default, rename = "calls", skip_serializing_if = "mentions_nobody")]
    mentions: Cow<'a, [UserId]>,
    /// The message that a message replies to.
    #[serde(default, rename = "to", skip_serializing_if = "Option::is_none")]
    reply_to: Option<Seq>,
    /// The thread that a message is a reply of.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    thread: Option<InThread>,
    /// The attachments of a message.
    #[serde(default, rename = "files", skip_serializing_if = "has_no_attachments")]
    attachments: Cow<'a, [Attachment]>,
    /// The body of any other event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, EventBody>>,
    /// The frame of the demo's dialect that posted it, where encoding it again would give other bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legacy: Option<Cow<'a, str>>,
}

/// What a reply of a thread has beside what messages have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct InThread {
    root: Seq,
    /// Whether it shows in the timeline, too.
    #[serde(default, rename = "also", skip_serializing_if = "std::ops::Not::not")]
    also_in_conversation: bool,
    /// With the first reply: who wrote the root.
    #[serde(default, rename = "of", skip_serializing_if = "Option::is_none")]
    root_author: Option<UserId>,
}

impl InThread {
    fn of(posted: &Posted) -> Option<Self> {
        let Posted { thread, also_in_conversation, root_author, .. } = *posted;
        Some(Self { root: thread?, also_in_conversation, root_author })
    }
}

fn mentions_nobody(mentions: &[UserId]) -> bool {
    mentions.is_empty()
}

fn has_no_attachments(attachments: &[Attachment]) -> bool {
    attachments.is_empty()
}

impl Rest<'_> {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl<'a> Line<'a> {
    fn of(stored: &'a StoredEvent) -> Self {
        let event = &stored.event;
        let (text, rest) = match &event.body {
            EventBody::Posted(posted) => {
                let (mentions, reply_to) = (Cow::from(&posted.mentions), posted.reply_to);
                let (thread, attachments) = (InThread::of(posted), Cow::from(&posted.attachments));
                let rest = Rest { mentions, reply_to, thread, attachments, ..Rest::default() };
                (Some(posted.text.as_str().into()), rest)
            }
            other => (None, Rest { body: Some(Cow::Borrowed(other)), ..Rest::default() }),
        };
        let legacy = stored.legacy.as_deref().map(Into::into);
        Self(event.at, event.by, text, Rest { client_id: event.client_id, legacy, ..rest })
    }
}

/// An event, and how many messages were posted to the timeline at or before it.
pub(in crate::storage::sqlite) struct Entry {
    pub(in crate::storage::sqlite) stored: StoredEvent,
    pub(in crate::storage::sqlite) ordinal: u64,
}

/// The events of a segment, from the columns of [`COLUMNS`].
pub(in crate::storage::sqlite) fn events<'a>(
    row: &'a Row<'_>,
) -> rusqlite::Result<impl Iterator<Item = rusqlite::Result<Entry>> + 'a> {
    Ok(entries(conversation(row)?, Seq(row.get(1)?), row.get(2)?, row.get_ref(3)?.as_str()?))
}

/// The events of lines, of which the first has a seq and so many messages before it.
fn entries(
    conversation: ConversationId,
    mut seq: Seq,
    mut ordinal: u64,
    lines: &str,
) -> impl Iterator<Item = rusqlite::Result<Entry>> {
    lines.lines().map(move |line| {
        let Line(at, by, text, rest) = serde_json::from_str(line).map_err(corrupt)?;
        let Rest { client_id, mentions, reply_to, thread, attachments, body, legacy } = rest;
        let body = match (text, body) {
            (Some(text), _) => {
                ordinal += u64::from(thread.is_none_or(|thread| thread.also_in_conversation));
                let posted = Posted::new(MessageText::existing(&text), ordinal, mentions.into_owned());
                EventBody::Posted(Posted {
                    reply_to,
                    thread: thread.map(|thread| thread.root),
                    also_in_conversation: thread.is_some_and(|thread| thread.also_in_conversation),
                    attachments: attachments.into_owned(),
                    root_author: thread.and_then(|thread| thread.root_author),
                    ..posted
                })
            }
            (None, Some(body)) => body.into_owned(),
            (None, None) => EventBody::Unknown,
        };
        let event = Event { conversation, seq, at, by, client_id, body };
        seq = seq.next();
        let legacy = legacy.map(|frame| frame.into_owned().into());
        Ok(Entry { stored: StoredEvent { event, legacy }, ordinal })
    })
}

/// One event of a conversation, where it is in a table. Only its line is decoded, so a message has no ordinal.
pub(in crate::storage::sqlite) fn one(
    connection: &Connection,
    table: Table,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<Option<StoredEvent>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {table} WHERE position BETWEEN ?1 AND ?2 ORDER BY position LIMIT 1",
        table = table.name(),
    ))?;
    // Its segment is the first that ends at it or behind it.
    let mut segments = query.query([position(id, seq), position(id, Seq(u64::MAX))])?;
    let Some(segment) = segments.next()? else { return Ok(None) };
    let first: u64 = segment.get(1)?;
    let Some(index) = seq.0.checked_sub(first).and_then(|index| usize::try_from(index).ok()) else {
        return Ok(None);
    };
    let Some(line) = segment.get_ref(3)?.as_str()?.lines().nth(index) else { return Ok(None) };
    entries(id, seq, 0, line).next().transpose().map(|entry| entry.map(|entry| entry.stored))
}

/// Visits the events of a conversation from one seq to another, as far as they are in a table.
pub(in crate::storage::sqlite) fn visit(
    connection: &Connection,
    table: Table,
    id: ConversationId,
    (from, to): (Seq, Seq),
    mut visitor: impl FnMut(Entry) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {table} WHERE position BETWEEN ?1 AND ?2 ORDER BY {order}",
        table = table.name(),
        order = table.order(),
    ))?;
    // The segment that holds `to` ends soon after it.
    let furthest = Seq(to.0.saturating_add(MAX_EVENTS_JOINED));
    let mut segments = query.query([position(id, from), position(id, furthest)])?;
    while let Some(segment) = segments.next()? {
        for entry in events(segment)? {
            let entry = entry?;
            let seq = entry.stored.event.seq;
            if seq > to || (seq >= from && visitor(entry).is_break()) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Visits the events of a conversation before a seq, the newest first, as far as they are in a table.
pub(in crate::storage::sqlite) fn visit_back(
    connection: &Connection,
    table: Table,
    id: ConversationId,
    before: Seq,
    mut visitor: impl FnMut(&Entry) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {table} WHERE position BETWEEN ?1 AND ?2 AND first_seq < ?3 ORDER BY {order} DESC",
        table = table.name(),
        order = table.order(),
    ))?;
    // The segment that holds `before` ends soon after it.
    let furthest = Seq(before.0.saturating_add(MAX_EVENTS_JOINED));
    let bounds = [position(id, Seq(0)), position(id, furthest), before.0.min(i64::MAX.unsigned_abs())];
    let mut segments = query.query(bounds)?;
    while let Some(segment) = segments.next()? {
        let entries = events(segment)?.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut older = entries.iter().rev().filter(|entry| entry.stored.event.seq < before);
        if older.try_for_each(&mut visitor).is_break() {
            break;
        }
    }
    Ok(())
}

/// Rewrites an event of a segment, where `change` answers that it changed it.
pub(super) fn rewrite(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
    change: impl FnOnce(&mut StoredEvent) -> bool,
) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM segment WHERE position BETWEEN ?1 AND ?2 ORDER BY position LIMIT 1"
    ))?;
    let bounds = [position(id, seq), position(id, Seq(u64::MAX))];
    let Some(segment) = query.query_row(bounds, Segment::read).optional()? else { return Ok(()) };
    let mut rewritten =
        Segment { events: String::new(), ..Segment::new(segment.first, segment.messages_before) };
    let (mut change, mut changed) = (Some(change), false);
    for entry in segment.entries(id) {
        let mut stored = entry?.stored;
        if stored.event.seq == seq
            && let Some(change) = change.take()
        {
            changed = change(&mut stored);
        }
        rewritten.add(&stored)?;
    }
    if changed {
        connection
            .prepare_cached("UPDATE segment SET events = ?2 WHERE position = ?1")?
            .execute(params![position(id, segment.last), rewritten.events])?;
    }
    Ok(())
}

/// The segments of a conversation that are in the write buffer.
pub(in crate::storage::sqlite) fn buffered(
    connection: &Connection,
    id: ConversationId,
) -> rusqlite::Result<Vec<Segment>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM write_buffer WHERE position BETWEEN ?1 AND ?2 ORDER BY rowid"
        ))?
        .query_map([position(id, Seq(0)), position(id, Seq(u64::MAX))], Segment::read)?
        .collect()
}

/// The newest seq of a conversation that is in the write buffer.
pub(in crate::storage::sqlite) fn newest_buffered(
    connection: &Connection,
    id: ConversationId,
) -> rusqlite::Result<Option<Seq>> {
    let newest: Option<u64> = connection
        .prepare_cached("SELECT max(position) FROM write_buffer WHERE position BETWEEN ?1 AND ?2")?
        .query_row([position(id, Seq(0)), position(id, Seq(u64::MAX))], |row| row.get(0))?;
    Ok(newest.map(seq_of))
}

/// The position of each segment in the write buffer, in the order of the commits.
pub(in crate::storage::sqlite) fn buffered_positions(connection: &Connection) -> rusqlite::Result<Vec<u64>> {
    connection
        .prepare_cached("SELECT position FROM write_buffer ORDER BY rowid")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// A line that no build has written.
fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(error))
}
