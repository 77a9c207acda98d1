//! Moves the write-ahead log into the database, on a thread of its own: on the writer's it would hold up commits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

use rusqlite::Connection;

/// How often the thread looks.
const EVERY: Duration = Duration::from_secs(1);

/// After how many commands a checkpoint is due though the writer is still busy.
const DUE: usize = 4_000;

/// The log's size, in pages, from which on the writer is made to wait until the log can begin anew: 64 MiB.
const TOO_LONG: i64 = 16_384;

/// How long a restart of the log may wait for readers, with the writer waiting behind it.
const PATIENCE: Duration = Duration::from_millis(100);

/// What the writer has written since the last checkpoint.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicUsize);

impl Progress {
    pub(super) fn wrote(&self, commands: usize) {
        self.0.fetch_add(commands, Ordering::Relaxed);
    }
}

/// The thread's handle: it ends when this is dropped.
pub(super) struct Checkpointer {
    progress: Arc<Progress>,
    _stop: Sender<()>,
}

impl Checkpointer {
    pub(super) fn start(connection: Connection) -> anyhow::Result<Self> {
        connection.busy_timeout(PATIENCE)?;
        let progress = Arc::new(Progress::default());
        let (stop, stopped) = channel();
        let thread = Arc::clone(&progress);
        thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || run(&connection, &thread, &stopped))?;
        Ok(Self { progress, _stop: stop })
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }
}

fn run(connection: &Connection, progress: &Progress, stopped: &Receiver<()>) {
    let mut before = 0;
    while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
        let written = progress.0.load(Ordering::Relaxed);
        let idle = written == before;
        before = written;
        if written == 0 || (!idle && written < DUE) {
            continue;
        }
        progress.0.fetch_sub(written, Ordering::Relaxed);
        before = 0;
        if let Err(error) = checkpoint(connection) {
            // The log only grows meanwhile; the next one may go through.
            tracing::warn!(%error, "the checkpoint failed");
        }
    }
}

fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    let log_pages: i64 = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?;
    if log_pages > TOO_LONG {
        connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()))?;
    }
    Ok(())
}
