//! Opens connections to the database file.

use std::{path::Path, time::Duration};

use rusqlite::Connection;

/// How long a connection waits for another that holds a lock it needs.
pub(in crate::storage::sqlite) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The page cache of a connection, in KiB: most of a larger one would lie idle.
const CACHE_KIB: i64 = 1_024;

/// Opens a connection.
pub(in crate::storage::sqlite) fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    // A negative number is in KiB.
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    Ok(connection)
}
