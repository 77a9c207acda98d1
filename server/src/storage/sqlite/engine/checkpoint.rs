//! The checkpointer's thread: once a second it lets the writer compact, and moves the write-ahead log into the database,
//! which would delay commits on the writer's thread. How long the log may become: [`write_ahead_log`](super::write_ahead_log).

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    progress::Progress,
    write_ahead_log::{LONG, LogBound, PRESSING, Wake, WriteAheadLog},
    writer::Compactor,
};

/// How often the thread checks, and how long an event stays in the write buffer at most: readers visit all of it.
const EVERY: Duration = Duration::from_secs(1);

/// How many successive checks have to find nothing new for storage to be idle.
const AT_REST: usize = 2;

/// The thread's handle: it ends when this is dropped and the writer has ended.
pub(in crate::storage::sqlite) struct Checkpointer {
    _bound: LogBound,
}

impl Checkpointer {
    pub(in crate::storage::sqlite) fn start(
        log: Arc<WriteAheadLog>,
        progress: Arc<Progress>,
        compactor: Compactor,
        bound: LogBound,
        Wake(woken): Wake,
    ) -> anyhow::Result<Self> {
        thread::Builder::new().name("storage-checkpoint".into()).spawn(move || {
            // Not waited for by the first commit, whose pages may be among those that this syncs.
            log.sync_file();
            run(&log, &progress, &compactor, &woken);
        })?;
        Ok(Self { _bound: bound })
    }
}

fn run(log: &WriteAheadLog, progress: &Progress, compactor: &Compactor, woken: &Receiver<()>) {
    let (mut before, mut quiet, mut next) = (0, 0, Instant::now() + EVERY);
    loop {
        match woken.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Err(RecvTimeoutError::Timeout) => next = Instant::now() + EVERY,
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(()) => {
                // Without compaction: it would wait for the writer, which may wait for the log.
                log.checkpoint();
                continue;
            }
        }
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
        if at_rest || long {
            log.checkpoint();
        }
        if quiet >= AT_REST && progress.longest() > PRESSING && log.shrink() {
            progress.log_shrank();
        }
    }
}
