//! Moves everything out of the database and into it: [`statements`] has the plain tables, [`events`] the logs.

mod events;
mod statements;

use async_trait::async_trait;
use confab_shared::id::UserId;
use rusqlite::{Connection, OptionalExtension, params, types::Type};

use super::Sqlite;
use crate::storage::{
    StorageError,
    transfer::{Export, Import, Marker, Record, Section, TargetState},
};

/// The table of an unfinished move to this database, with one row.
const CREATE_MARKER: &str = "CREATE TABLE transfer (marker TEXT NOT NULL) STRICT";

/// Whether a move to the database was begun and is not finished.
pub(super) fn is_unfinished(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'transfer')";
    connection.query_row(sql, [], |row| row.get(0))
}

fn state(connection: &Connection) -> rusqlite::Result<TargetState> {
    if is_unfinished(connection)? {
        let json: String = connection.query_row("SELECT marker FROM transfer", [], |row| row.get(0))?;
        return serde_json::from_str(&json).map(TargetState::Interrupted).map_err(corrupt);
    }
    let used = connection
        .query_row("SELECT id FROM user LIMIT 1", [], |row| Ok(UserId(row.get(0)?)))
        .optional()?
        .is_some();
    Ok(if used { TargetState::Used } else { TargetState::Empty })
}

fn set_marker(connection: &Connection, marker: &Marker) -> rusqlite::Result<()> {
    let json = serde_json::to_string(marker).map_err(unwritable)?;
    connection.execute("DELETE FROM transfer", [])?;
    connection.execute("INSERT INTO transfer (marker) VALUES (?1)", [json])?;
    Ok(())
}

fn page(
    connection: &Connection,
    section: Section,
    after: Option<&Record>,
    limit: usize,
) -> rusqlite::Result<Vec<Record>> {
    if section == Section::Events {
        return events::page(connection, after, limit);
    }
    let after = after.map(Record::encode).transpose().map_err(unwritable)?.unwrap_or_else(|| "{}".to_owned());
    let mut query = connection.prepare_cached(statements::of(section).page)?;
    let mut rows = query.query(params![after, limit as u64])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(section.decode(row.get_ref(0)?.as_str()?).map_err(corrupt)?);
    }
    Ok(records)
}

fn import(connection: &Connection, records: Vec<Record>) -> rusqlite::Result<()> {
    let Some(section) = records.first().map(Record::section) else { return Ok(()) };
    if section == Section::Events {
        return events::import(connection, records);
    }
    let lines = records.iter().map(Record::encode).collect::<Result<Vec<_>, _>>().map_err(unwritable)?;
    let json = format!("[{}]", lines.join(","));
    for insert in statements::of(section).inserts {
        connection.prepare_cached(insert)?.execute([&json])?;
    }
    Ok(())
}

/// A row that no build has written.
fn corrupt(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into())
}

fn unwritable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(error.into())
}

#[async_trait]
impl Export for Sqlite {
    async fn count(&self, section: Section) -> Result<u64, StorageError> {
        self.readers
            .run(move |connection| connection.query_row(statements::count(section), [], |row| row.get(0)))
            .await
    }

    async fn page(
        &self,
        section: Section,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StorageError> {
        let after = after.cloned();
        self.readers.run(move |connection| page(connection, section, after.as_ref(), limit)).await
    }
}

#[async_trait]
impl Import for Sqlite {
    async fn state(&self) -> Result<TargetState, StorageError> {
        self.readers.run(state).await
    }

    async fn begin(&self, marker: &Marker) -> Result<(), StorageError> {
        let marker = marker.clone();
        self.writer
            .run(move |tx| {
                tx.connection.execute_batch(CREATE_MARKER)?;
                // The set-up link of a server that was only started once.
                tx.connection.execute("DELETE FROM invitation", [])?;
                set_marker(tx.connection, &marker)
            })
            .await
    }

    async fn import(&self, records: Vec<Record>, marker: &Marker) -> Result<(), StorageError> {
        let marker = marker.clone();
        // The writer may run an operation again where its batch failed.
        self.writer
            .run(move |tx| {
                import(tx.connection, records.clone())?;
                set_marker(tx.connection, &marker)
            })
            .await
    }

    async fn finish(&self) -> Result<(), StorageError> {
        self.writer.run(|tx| tx.connection.execute_batch("DROP TABLE transfer")).await
    }
}
