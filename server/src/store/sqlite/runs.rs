//! The logs as the file has them: in runs, events of one conversation that follow each other. A row per event would cost
//! more than the event. An event is a line of JSON; its conversation, its seq and a message's ordinal follow from where
//! it stands.

use std::{borrow::Cow, ops::ControlFlow};

use confab_shared::{event::{Event, EventBody, Posted}, id::{ClientId, ConversationId, Seq, Timestamp, UserId}, text::MessageText};
use rusqlite::{Connection, Row, params, types::Type};
use serde::{Deserialize, Serialize};

use super::statements::Statements;
use crate::store::StoredEvent;

/// How many events a run has at most when it is written.
const MOST: u64 = 64;

/// From how many bytes on a run takes no more.
const FULL: usize = 16 * 1024;

/// How many events a run has at most once it is joined with those beside it: see [`settle`].
const MOST_JOINED: u64 = 2 * MOST;

/// The tables that runs are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// In the order of commits; not settled yet.
    Recent,
    /// In their place.
    Run,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::Recent => "recent",
            Self::Run => "run",
        }
    }

    /// What sorts a conversation's runs.
    fn order(self) -> &'static str {
        match self {
            Self::Recent => "rowid",
            Self::Run => "place",
        }
    }
}

/// The columns of a run, in both tables.
pub(super) const COLUMNS: &str = "place, first, messages, events";

/// How many bits of a place are the seq.
const SEQ_BITS: u32 = 32;

const SEQ_MASK: u64 = (1 << SEQ_BITS) - 1;

/// Where a run stands that ends with a seq: one number, since a row whose key is that keeps up to a page of text beside
/// it, and one with a longer key only a quarter. There are 2^31 conversations, and in each 2^32 events.
pub(super) fn place(id: ConversationId, last: Seq) -> u64 {
    id.0.min((1 << (63 - SEQ_BITS)) - 1) << SEQ_BITS | last.0.min(SEQ_MASK)
}

/// The conversation of a run, from the columns of [`COLUMNS`].
pub(super) fn conversation(row: &Row<'_>) -> rusqlite::Result<ConversationId> {
    Ok(ConversationId(row.get::<_, u64>(0)? >> SEQ_BITS))
}

/// A run that is being written, or is to be settled.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) first: Seq,
    pub(super) last: Seq,
    /// How many messages stand before it.
    pub(super) messages: u64,
    /// Its lines.
    pub(super) events: String,
}

impl Run {
    /// A run that is to begin with a seq, behind so many messages.
    pub(super) fn new(first: Seq, messages: u64) -> Self {
        Self { first, last: first, messages, events: String::new() }
    }

    /// As a row says it, from the columns of [`COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let last = Seq(row.get::<_, u64>(0)? & SEQ_MASK);
        Ok(Self { first: Seq(row.get(1)?), last, messages: row.get(2)?, events: row.get(3)? })
    }

    /// Its events.
    pub(super) fn entries(
        &self,
        conversation: ConversationId,
    ) -> impl Iterator<Item = rusqlite::Result<Entry>> {
        entries(conversation, self.first, self.message_count, &self.events)
    }

    /// Adds the next event.
    pub(super) fn add(&mut self, stored: &StoredEvent) -> rusqlite::Result<()> {
        let line = serde_json::to_string(&Line::of(stored));
        let line = line.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        // It is kept for a while, and most have one line.
        self.events.reserve(line.len() + 1);
        self.events.push_str(&line);
        self.events.push('\n');
        self.last = stored.event.seq;
        Ok(())
    }

    /// Whether the next event begins another.
    pub(super) fn is_full(&self) -> bool {
        self.last.0 + 1 - self.first.0 >= MOST || self.events.len() >= FULL
    }
}

/// An event as its line says it: when, who, of a message what it says, and what else there is to say.
#[derive(Serialize, Deserialize)]
struct Line<'a>(
    Timestamp,
    UserId,
    Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "More::is_nothing")] More<'a>,
);

/// What few messages need, and every other event.
#[derive(Default, PartialEq, Serialize, Deserialize)]
struct More<'a> {
    /// The command's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<ClientId>,
    /// Of a message, whom it calls by name.
    #[serde(default, skip_serializing_if = "calls_nobody")]
    calls: Cow<'a, [UserId]>,
    /// Of any other event, what it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Cow<'a, EventBody>>,
    /// The frame of the demo's dialect that posted it, where writing it anew would give other bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legacy: Option<Cow<'a, str>>,
}

fn calls_nobody(calls: &[UserId]) -> bool {
    calls.is_empty()
}

impl More<'_> {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl<'a> Line<'a> {
    fn of(stored: &'a StoredEvent) -> Self {
        let event = &stored.event;
        let (text, calls, body) = match &event.body {
            EventBody::Posted(Posted { text, mentions, .. }) => (Some(text.as_str().into()), &mentions[..], None),
            other => (None, &[][..], Some(Cow::Borrowed(other))),
        };
        let legacy = stored.legacy.as_deref().map(Into::into);
        Self(event.at, event.by, text, More { id: event.client_id, calls: calls.into(), body, legacy })
    }
}

/// An event that was read, and how many messages stand at or before it.
pub(super) struct Entry {
    pub(super) stored: StoredEvent,
    pub(super) messages: u64,
}

/// The events of a run, from the columns of [`COLUMNS`].
pub(super) fn events<'a>(
    row: &'a Row<'_>,
) -> rusqlite::Result<impl Iterator<Item = rusqlite::Result<Entry>> + 'a> {
    Ok(entries(conversation(row)?, Seq(row.get(1)?), row.get(2)?, row.get_ref(3)?.as_str()?))
}

/// The events of lines, from a seq on, behind so many messages.
fn entries(
    conversation: ConversationId,
    mut seq: Seq,
    mut messages: u64,
    lines: &str,
) -> impl Iterator<Item = rusqlite::Result<Entry>> {
    lines.lines().map(move |line| {
        let Line(at, by, text, More { id, calls, body, legacy }) =
            serde_json::from_str(line).map_err(broken)?;
        let body = match (text, body) {
            (Some(text), _) => {
                messages += 1;
                let text = MessageText::existing(&text);
                EventBody::Posted(Posted { text, ordinal: messages, mentions: calls.into_owned() })
            }
            (None, Some(body)) => body.into_owned(),
            (None, None) => EventBody::Unknown,
        };
        let event = Event { conversation, seq, at, by, client_id: id, body };
        seq = seq.next();
        let legacy = legacy.map(|frame| frame.into_owned().into());
        Ok(Entry { stored: StoredEvent { event, legacy }, messages })
    })
}

/// Goes through the events of a conversation from one seq to another, as far as they are in a table.
pub(super) fn walk(
    connection: &Connection,
    table: Table,
    id: ConversationId,
    (from, to): (Seq, Seq),
    mut take: impl FnMut(Entry) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {table} WHERE place BETWEEN ?1 AND ?2 ORDER BY {order}",
        table = table.name(),
        order = table.order(),
    ))?;
    // The run that has `to` ends soon after it.
    let furthest = Seq(to.0.saturating_add(MOST_JOINED));
    let mut runs = query.query([place(id, from), place(id, furthest)])?;
    while let Some(run) = runs.next()? {
        for entry in events(run)? {
            let entry = entry?;
            let seq = entry.stored.event.seq;
            if seq > to || (seq >= from && take(entry).is_break()) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The runs of a conversation that are in `recent`.
pub(super) fn recent(connection: &Connection, id: ConversationId) -> rusqlite::Result<Vec<Run>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM recent WHERE place BETWEEN ?1 AND ?2 ORDER BY rowid"
        ))?
        .query_map([place(id, Seq(0)), place(id, Seq(u64::MAX))], Run::read)?
        .collect()
}

/// The newest seq of a conversation that is in `recent`.
pub(super) fn newest(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<Seq>> {
    let newest: Option<u64> = connection
        .prepare_cached("SELECT max(place) FROM recent WHERE place BETWEEN ?1 AND ?2")?
        .query_row([place(id, Seq(0)), place(id, Seq(u64::MAX))], |row| row.get(0))?;
    Ok(newest.map(|newest| Seq(newest & SEQ_MASK)))
}

/// Puts runs of a conversation in their place: those that end within the same [`MOST`] seqs become one, until it is
/// [`FULL`].
pub(super) fn settle(
    statements: &mut Statements<'_>,
    id: ConversationId,
    runs: &[Run],
) -> rusqlite::Result<()> {
    let mut rest = runs;
    while let Some(begin) = rest.first() {
        let mut joined = begin.events.len();
        let goes_on = |next: &&Run| {
            let fits = joined < FULL && next.last.0 / MOST == begin.last.0 / MOST;
            joined += next.events.len();
            fits
        };
        let count = 1 + rest[1..].iter().take_while(goes_on).count();
        let (group, behind) = rest.split_at(count);
        let last = group.last().map_or(begin.last, |end| end.last);
        let lines: Cow<'_, str> = match group {
            [alone] => Cow::Borrowed(&alone.events),
            several => several.iter().map(|run| run.events.as_str()).collect::<String>().into(),
        };
        statements.insert_run.execute(params![place(id, last), begin.first.0, begin.message_count, lines])?;
        rest = behind;
    }
    Ok(())
}

/// What we would never have written.
fn broken(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(error))
}
