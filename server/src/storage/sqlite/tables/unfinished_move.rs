//! A move to this database that was begun and is not finished: a table that exists only until it is, with one row.

use rusqlite::Connection;

/// Whether there is one.
pub(in crate::storage::sqlite) fn exists(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'transfer')";
    connection.query_row(sql, [], |row| row.get(0))
}

/// How far it has come.
pub(in crate::storage::sqlite) fn marker(connection: &Connection) -> rusqlite::Result<Option<String>> {
    if !exists(connection)? {
        return Ok(None);
    }
    connection.query_row("SELECT marker FROM transfer", [], |row| row.get(0)).map(Some)
}

pub(in crate::storage::sqlite) fn begin(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("CREATE TABLE transfer (marker TEXT NOT NULL) STRICT")
}

pub(in crate::storage::sqlite) fn set_marker(connection: &Connection, marker: &str) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM transfer", [])?;
    connection.execute("INSERT INTO transfer (marker) VALUES (?1)", [marker])?;
    Ok(())
}

pub(in crate::storage::sqlite) fn end(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("DROP TABLE transfer")
}
