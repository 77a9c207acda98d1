//! `confab check`: every log is gapless, and all that is stored beside the logs is what their events give. The events are
//! applied by the `apply` of `shared`, as clients do.
//!
//! A check reads one snapshot, so a server may run and write meanwhile. It needs memory for the changed messages of one
//! conversation, the members of one, and the write buffer.

mod attachments;
mod conversation;
mod faults;
mod log;
mod messages;
mod positions;
mod threads;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use anyhow::{Context, bail};
use confab_shared::id::{ConversationId, UserId};
use rusqlite::Connection;

pub use self::{attachments::blobs, faults::Report};
use self::{
    faults::Faults,
    log::{Counts, Tables},
};
use super::{
    engine::segment::{self, Segment},
    migrations,
    snapshot::Snapshot,
};

/// What a check has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many conversations were checked.
    pub conversations: u64,
    /// How many events their logs have.
    pub events: u64,
    /// How many messages were ever posted.
    pub messages: u64,
    /// How many faults were reported.
    pub faults: u64,
    /// The schema, where it is of an earlier build: then SQLite's own checks were made, and no other.
    pub older_schema: Option<usize>,
}

/// Checks a database file, and changes nothing.
///
/// # Errors
/// Where the file cannot be read at all, is no Confab database, or was written by a newer build.
pub fn check(file: &Path, report: &mut dyn FnMut(Report)) -> anyhow::Result<Summary> {
    let snapshot = Snapshot::open(file)?;
    let connection = snapshot.connection();
    let (schema, known) = (migrations::schema(connection)?, migrations::known());
    if schema == 0 || !has_own_tables(connection)? {
        bail!("{} is no Confab database", file.display());
    }
    if schema > known {
        bail!(
            "{} was written by a newer Confab (schema {schema}, and this build knows {known})",
            file.display()
        );
    }
    let mut faults = Faults::new(report);
    check_integrity(connection, &mut faults).with_context(|| format!("failed to read {}", file.display()))?;
    if schema < known {
        return Ok(Summary { faults: faults.count(), older_schema: Some(schema), ..Summary::default() });
    }
    let (conversations, counts) = check_conversations(connection, &mut faults)
        .with_context(|| format!("failed to read {}", file.display()))?;
    let Counts { events, messages, .. } = counts;
    Ok(Summary { conversations, events, messages, faults: faults.count(), older_schema: None })
}

/// Whether the tables are there that every build has had: other programs' files are databases, too, and SQLite takes an
/// empty file for one.
fn has_own_tables(connection: &Connection) -> rusqlite::Result<bool> {
    let count =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('user', 'conversation')";
    connection.query_row(count, [], |row| Ok(row.get::<_, u64>(0)? == 2))
}

/// SQLite's own checks: its pages and indexes, and references between tables.
fn check_integrity(connection: &Connection, faults: &mut Faults<'_>) -> rusqlite::Result<()> {
    let mut query = connection.prepare("PRAGMA integrity_check")?;
    let mut lines = query.query([])?;
    while let Some(line) = lines.next()? {
        match line.get_ref(0)?.as_str()? {
            "ok" => {}
            fault => faults.add(format_args!("SQLite: {fault}")),
        }
    }
    let mut query = connection
        .prepare("SELECT \"table\", count(*), parent FROM pragma_foreign_key_check GROUP BY 1, 3")?;
    let mut broken = query.query([])?;
    while let Some(row) = broken.next()? {
        let (table, rows, parent): (String, u64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        faults.add(format_args!("{table}: {rows} rows name a {parent} that does not exist"));
    }
    Ok(())
}

fn check_conversations(connection: &Connection, faults: &mut Faults<'_>) -> rusqlite::Result<(u64, Counts)> {
    let ids: Vec<ConversationId> = connection
        .prepare("SELECT id FROM conversation ORDER BY id")?
        .query_map([], |row| Ok(ConversationId(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let users: HashSet<UserId> = connection
        .prepare("SELECT id FROM user")?
        .query_map([], |row| Ok(UserId(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut buffered = read_write_buffer(connection)?;
    check_owners(connection, faults)?;
    attachments::check_uses(connection, faults)?;
    let (tables, mut all) = (Tables { connection, users }, Counts::default());
    for (index, id) in ids.iter().enumerate() {
        let buffered = buffered.remove(id).unwrap_or_default();
        match conversation::check(&tables, *id, &buffered, faults) {
            Ok(counts) => all.add(counts),
            Err(error) => faults.add(format_args!("conversation {id}: cannot be read: {error}")),
        }
        faults.progress(index as u64 + 1, ids.len() as u64);
    }
    let stored: u64 =
        connection
            .query_row("SELECT count(*) FROM command WHERE unchanged_at IS NULL", [], |row| row.get(0))?;
    if stored > all.commands {
        let rows = stored - all.commands;
        faults.add(format_args!("command: {rows} rows are of no event"));
    }
    Ok((ids.len() as u64, all))
}

/// The segments of the write buffer, by their conversation.
fn read_write_buffer(connection: &Connection) -> rusqlite::Result<HashMap<ConversationId, Vec<Segment>>> {
    let mut query =
        connection.prepare(&format!("SELECT {} FROM write_buffer ORDER BY rowid", segment::COLUMNS))?;
    let mut rows = query.query([])?;
    let mut buffered: HashMap<_, Vec<_>> = HashMap::new();
    while let Some(row) = rows.next()? {
        buffered.entry(segment::conversation(row)?).or_default().push(Segment::read(row)?);
    }
    Ok(buffered)
}

/// The tables whose rows begin with a position, and so name a conversation without a reference.
const POSITIONED: [(&str, &str); 6] = [
    ("segment", "position"),
    ("write_buffer", "position"),
    ("message_change", "message"),
    ("reaction", "message"),
    ("message_event", "message"),
    ("deletion", "message"),
];

/// Checks that rows belong to conversations that exist.
fn check_owners(connection: &Connection, faults: &mut Faults<'_>) -> rusqlite::Result<()> {
    for (table, column) in POSITIONED {
        let strays: u64 = connection.query_row(
            &format!(
                "SELECT count(*) FROM {table} WHERE {column} >> 32 NOT IN (SELECT id FROM conversation)"
            ),
            [],
            |row| row.get(0),
        )?;
        if strays > 0 {
            faults.add(format_args!("{table}: {strays} rows are of no conversation"));
        }
    }
    Ok(())
}
