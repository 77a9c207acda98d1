//! The write-ahead log and its bound.
//!
//! The log has at most [`MAX`] pages, 32 MiB, and one transaction more. The largest transactions are a batch (about 4 MiB
//! of texts and members) and a compaction of the write buffer (16 MiB and a batch), so the file stays below 64 MiB. Three
//! thresholds see to it:
//!
//! | Pages | Who acts |
//! |---|---|
//! | [`LONG`] | the checkpointer, at its next check: moves the log, and restarts it where the writer leaves a gap |
//! | [`PRESSING`] | the checkpointer, woken by the writer at once |
//! | [`MAX`] | the writer, between two transactions: a writer that is never idle leaves no gap for a restart |
//!
//! At rest, a file that grew beyond [`PRESSING`] is cut back to [`LONG`].

use std::{
    fs::File,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::failure;
use crate::throttle::Throttle;

/// The log's size, in pages, from which on the writer waits until the log can be restarted: 4 MiB. Overwriting a file is
/// many times faster to sync than extending it; and a start after a crash reads the whole log.
pub(in crate::storage::sqlite) const LONG: usize = 1_024;

/// The log's size, in pages, from which on the checkpointer does not wait for its next check: 16 MiB.
pub(super) const PRESSING: usize = 4 * LONG;

/// The log's size, in pages, from which on the writer restarts it before the next transaction: 32 MiB.
const MAX: usize = 8 * LONG;

/// How long a restart of the log may wait for readers; the writer waits meanwhile.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long after a restart that waited in vain the writer does not wait again: a backup reads one snapshot for seconds.
const RETRY: Duration = Duration::from_secs(2);

/// The bytes of a page of the log, with its header.
pub(in crate::storage::sqlite) const PAGE: u64 = 4_096 + 24;

/// What the writer calls after its transactions, to keep the log bounded.
#[derive(Clone)]
pub(in crate::storage::sqlite) struct LogBound {
    log: Arc<WriteAheadLog>,
    wake: SyncSender<()>,
}

/// What wakes the checkpointer.
pub(in crate::storage::sqlite) struct Wake(pub(super) Receiver<()>);

impl LogBound {
    /// The bound of a log, and what wakes its checkpointer.
    pub(in crate::storage::sqlite) fn new(log: &Arc<WriteAheadLog>) -> (Self, Wake) {
        let (wake, woken) = sync_channel(1);
        (Self { log: Arc::clone(log), wake }, Wake(woken))
    }

    /// Acts on the log's length after a transaction: wakes the checkpointer, or restarts the log. Readers that keep
    /// their snapshot for longer than [`PATIENCE`] prevent a restart, and the log grows on; it is tried again after
    /// [`RETRY`].
    pub(super) fn after_transaction(&self, pages: usize) {
        if pages >= MAX && self.log.may_restart() {
            self.log.restart();
        } else if pages >= PRESSING {
            // Where it is full, the thread is woken already.
            let _ = self.wake.try_send(());
        }
    }
}

/// The write-ahead log, as what moves it into the database. One thread at a time does: SQLite refuses a second
/// checkpoint at once.
pub(in crate::storage::sqlite) struct WriteAheadLog {
    connection: Mutex<Connection>,
    file: File,
    /// When the writer may wait for a restart again, where one waited in vain.
    restart_from: Mutex<Option<Instant>>,
}

impl WriteAheadLog {
    /// The log behind a connection of its own, and its file.
    pub(in crate::storage::sqlite) fn new(connection: Connection, file: File) -> rusqlite::Result<Self> {
        connection.busy_timeout(PATIENCE)?;
        Ok(Self { connection: Mutex::new(connection), file, restart_from: Mutex::default() })
    }

    /// Extends the file to its usual size, so that commits overwrite existing bytes. SQLite never reads bytes after the
    /// log's last commit. Nothing may be written to the log meanwhile.
    pub(in crate::storage::sqlite) fn preallocate(&self) -> std::io::Result<()> {
        use std::os::unix::fs::FileExt;
        let (mut length, wanted) = (self.file.metadata()?.len(), LONG as u64 * PAGE);
        let zeros = vec![0; 1024 * 1024];
        while length < wanted {
            let missing = usize::try_from(wanted - length).unwrap_or(zeros.len()).min(zeros.len());
            self.file.write_all_at(&zeros[..missing], length)?;
            length += missing as u64;
        }
        Ok(())
    }

    /// Moves the log into the database as far as that disturbs nobody, and has the next transaction restart it where it
    /// is long and the writer leaves a gap.
    pub(super) fn checkpoint(&self) {
        let connection = self.connection();
        let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, usize>(1));
        check(moved.and_then(|pages| if pages >= LONG { restart(&connection).map(drop) } else { Ok(()) }));
    }

    /// Moves the whole log into the database, and has the next transaction restart it. Called between transactions.
    fn restart(&self) {
        let restarted = restart(&self.connection());
        let in_vain = !matches!(restarted, Ok(true));
        *self.restart_from() = in_vain.then(|| Instant::now() + RETRY);
        check(restarted.map(drop));
    }

    fn may_restart(&self) -> bool {
        self.restart_from().is_none_or(|from| Instant::now() >= from)
    }

    fn restart_from(&self) -> MutexGuard<'_, Option<Instant>> {
        self.restart_from.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts the file back to its usual size. Returns whether it has that; where readers or the writer are at work, it
    /// has not.
    pub(super) fn shrink(&self) -> bool {
        let connection = self.connection();
        let shrunk = (|| {
            let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
            let busy: bool = connection.query_row(truncate, [], |row| row.get(0))?;
            if busy {
                return Ok(false);
            }
            // Nothing is written to the log while the file is extended: the lock is the writer's.
            connection.execute_batch("BEGIN IMMEDIATE")?;
            if let Err(error) = self.preallocate() {
                tracing::warn!(%error, "failed to preallocate the write-ahead log: commits will be slow");
            }
            connection.execute_batch("ROLLBACK").map(|()| true)
        })();
        drop(connection);
        match shrunk {
            Ok(true) => {
                self.sync_file();
                true
            }
            Ok(false) => false,
            Err(error) => {
                check(Err(error));
                false
            }
        }
    }

    /// Syncs the file, or ends the process.
    pub(super) fn sync_file(&self) {
        if let Err(error) = self.file.sync_data() {
            failure::abort_after_failed_sync(&error);
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Answers whether the log is restarted; where readers are in the way, it is not.
fn restart(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |row| row.get(0).map(|busy: bool| !busy))
}

fn check(outcome: rusqlite::Result<()>) {
    if let Err(error) = outcome {
        static THROTTLE: Throttle = Throttle::new();
        failure::abort_where_a_sync_failed(&error);
        // The log only grows meanwhile; the next one may go through.
        if let Some(suppressed) = THROTTLE.pass() {
            tracing::warn!(%error, "failed to checkpoint{suppressed}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::connection::connect, *};

    #[test]
    fn reader_with_an_old_snapshot_is_waited_for_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.db");
        let writer = connect(&file).unwrap();
        writer.pragma_update(None, "journal_mode", "WAL").unwrap();
        writer.execute_batch("CREATE TABLE one (n); INSERT INTO one VALUES (1)").unwrap();
        let log = File::options().read(true).write(true).open(folder.path().join("one.db-wal")).unwrap();
        let log = WriteAheadLog::new(connect(&file).unwrap(), log).unwrap();
        log.restart();
        assert!(log.may_restart(), "nobody is in the way");
        let reader = connect(&file).unwrap();
        reader.execute_batch("BEGIN; SELECT n FROM one").unwrap();
        writer.execute_batch("INSERT INTO one VALUES (2)").unwrap();
        log.restart();
        assert!(!log.may_restart(), "the next transaction does not wait in vain");
        reader.execute_batch("COMMIT").unwrap();
        log.restart();
        assert!(log.may_restart());
    }
}
