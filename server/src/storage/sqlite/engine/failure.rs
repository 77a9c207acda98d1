//! The consequences of an SQLite error beyond the failed operation.

use rusqlite::{Error, ErrorCode, ffi};

/// Whether an error concerns every job: the disk is full or fails, or another process holds a lock. The next job would fail
/// alike, after as long a wait.
pub(super) fn concerns_every_job(error: &Error) -> bool {
    use ErrorCode::{
        CannotOpen, DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase, OutOfMemory,
        ReadOnly, SystemIoFailure,
    };
    matches!(
        error.sqlite_error_code(),
        Some(
            CannotOpen
                | DatabaseBusy
                | DatabaseCorrupt
                | DatabaseLocked
                | DiskFull
                | NotADatabase
                | OutOfMemory
                | ReadOnly
                | SystemIoFailure
        )
    )
}

/// Ends the process where a sync has failed. The kernel has then discarded data that it could not write, and the next sync
/// succeeds without it: commits that are acknowledged after that could follow a gap in the log, and be lost in a power cut.
/// The next start moves the readable part of the log into the database before it appends anything.
pub(super) fn abort_where_a_sync_failed(error: &Error) {
    let failed = [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC];
    if error.sqlite_error().is_some_and(|error| failed.contains(&error.extended_code)) {
        abort_after_failed_sync(error);
    }
}

/// Ends the process, for the reason that [`abort_where_a_sync_failed`] gives.
pub(super) fn abort_after_failed_sync(error: &dyn std::error::Error) -> ! {
    tracing::error!(%error, "failed to sync to disk: aborting, since what is acknowledged from here on could be lost");
    std::process::abort();
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn a_command_that_cannot_be_carried_out_concerns_nobody_else() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE one (n INTEGER UNIQUE); INSERT INTO one VALUES (1)").unwrap();
        let error = connection.execute("INSERT INTO one VALUES (1)", []).unwrap_err();
        assert!(!concerns_every_job(&error), "{error}");
        connection.pragma_update(None, "query_only", true).unwrap();
        let error = connection.execute("INSERT INTO one VALUES (2)", []).unwrap_err();
        assert!(concerns_every_job(&error), "{error}");
        assert!(!concerns_every_job(&Error::QueryReturnedNoRows));
    }
}
