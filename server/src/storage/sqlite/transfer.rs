//! Moves everything out of the database and into it: [`statements`] has the plain tables, [`events`] the logs.

mod events;
mod statements;

use async_trait::async_trait;
use rusqlite::{Connection, params, types::Type};

use super::{Sqlite, tables::unfinished_move};
use crate::storage::{
    StorageError,
    transfer::{Export, Import, Marker, Record, Section, TargetState},
};

fn state(connection: &Connection) -> rusqlite::Result<TargetState> {
    if let Some(json) = unfinished_move::marker(connection)? {
        return serde_json::from_str(&json).map(Box::new).map(TargetState::Interrupted).map_err(corrupt);
    }
    let is_used: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM user)", [], |row| row.get(0))?;
    Ok(if is_used { TargetState::Used } else { TargetState::Empty })
}

fn set_marker(connection: &Connection, marker: &Marker) -> rusqlite::Result<()> {
    unfinished_move::set_marker(connection, &serde_json::to_string(marker).map_err(unwritable)?)
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
                unfinished_move::begin(tx.connection)?;
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
        self.writer.run(|tx| unfinished_move::end(tx.connection)).await?;
        self.writer.close().await;
        Ok(())
    }
}
