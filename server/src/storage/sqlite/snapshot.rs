//! A snapshot of a database file: what was committed when it was opened, the write buffer included. A server may write to
//! the file meanwhile; until the snapshot is dropped, its write-ahead log is not restarted.

use std::path::Path;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::engine::connection::BUSY_TIMEOUT;

/// A connection that reads one commit.
pub(super) struct Snapshot(Connection);

impl Snapshot {
    /// Opens a file, which is not changed: its write-ahead log stays where it is, too.
    ///
    /// # Errors
    /// Where there is no such file, or it is no database.
    pub(super) fn open(file: &Path) -> anyhow::Result<Self> {
        begin(file).map(Self).with_context(|| format!("failed to open {}", file.display()))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.0
    }
}

fn begin(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.execute_batch("BEGIN")?;
    // The transaction begins with its first read.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}
