//! The checkpointer's thread: once a second it lets the writer compact, and moves the write-ahead log into the database,
//! which would delay commits on the writer's thread.

use std::{
    fs::File,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;

use super::{failure, progress::Progress, writer::Compactor};
use crate::throttle::Throttle;

/// How often the thread checks, and how long an event stays in the write buffer at most: readers visit all of it.
const EVERY: Duration = Duration::from_secs(1);

/// How many successive checks have to find nothing new for storage to be idle.
const AT_REST: usize = 2;

/// The log's size, in pages, from which on the writer waits until the log can be restarted: 4 MiB. Overwriting a file is
/// many times faster to sync than extending it; and a start after a crash reads the whole log.
const LONG: usize = 1_024;

/// How long a restart of the log may wait for readers; the writer waits meanwhile.
const PATIENCE: Duration = Duration::from_millis(100);

/// The bytes of a page of the log, with its header.
const PAGE: u64 = 4_096 + 24;

/// The thread's handle: it ends when this is dropped.
pub(in crate::storage::sqlite) struct Checkpointer {
    _stop: Sender<()>,
}

impl Checkpointer {
    /// `log` is the write-ahead log's file.
    pub(in crate::storage::sqlite) fn start(
        connection: Connection,
        log: File,
        progress: Arc<Progress>,
        compactor: Compactor,
    ) -> anyhow::Result<Self> {
        connection.busy_timeout(PATIENCE)?;
        let (stop, stopped) = channel();
        thread::Builder::new().name("storage-checkpoint".into()).spawn(move || {
            // Not waited for by the first commit, whose pages may be among those that this syncs.
            if let Err(error) = log.sync_data() {
                failure::abort_after_failed_sync(&error);
            }
            drop(log);
            run(&connection, &progress, &compactor, &stopped);
        })?;
        Ok(Self { _stop: stop })
    }
}

/// Extends the log's file to its largest size, so that commits overwrite existing bytes. SQLite never reads bytes after
/// the log's last commit.
pub(in crate::storage::sqlite) fn preallocate(log: &File) -> std::io::Result<()> {
    use std::os::unix::fs::FileExt;
    let (mut length, wanted) = (log.metadata()?.len(), LONG as u64 * PAGE);
    let zeros = vec![0; 1024 * 1024];
    while length < wanted {
        let missing = usize::try_from(wanted - length).unwrap_or(zeros.len()).min(zeros.len());
        log.write_all_at(&zeros[..missing], length)?;
        length += missing as u64;
    }
    Ok(())
}

fn run(connection: &Connection, progress: &Progress, compactor: &Compactor, stopped: &Receiver<()>) {
    let (mut before, mut quiet) = (0, 0);
    while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
        // Before compaction: what comes meanwhile is new the next time.
        let commits = progress.commits();
        if commits == before {
            quiet += 1;
        } else {
            quiet = 0;
            compactor.compact(false);
        }
        // Once, until something new comes.
        let at_rest = quiet == AT_REST;
        if at_rest {
            compactor.compact(true);
        }
        before = commits;
        let long = quiet == 0 && progress.pages() >= LONG;
        if (at_rest || long)
            && let Err(error) = checkpoint(connection)
        {
            static THROTTLE: Throttle = Throttle::new();
            failure::abort_where_a_sync_failed(&error);
            // The log only grows meanwhile; the next one may go through.
            if let Some(suppressed) = THROTTLE.pass() {
                tracing::warn!(%error, "failed to checkpoint{suppressed}");
            }
        }
    }
}

fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    let pages: usize = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?;
    if pages >= LONG {
        connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))?;
    }
    Ok(())
}
