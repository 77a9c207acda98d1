//! The only thread that writes: group commit.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::{
    execute::execute,
    failure,
    job::{CommandsJob, Job},
    progress::Progress,
    statements::Statements,
    transaction::Tx,
    write_ahead_log::{LogBound, PAGE},
    write_buffer::WriteBuffer,
};
use crate::{
    domain::{command::Command, notification::CommitNotification},
    metrics::{METRICS, gauge},
    storage::{CommandsHandle, StorageError},
    throttle::Throttle,
};

/// How many jobs may wait, each with what one read of a socket held at most. Beyond that a sender waits for room: its own
/// connection stops being read, and no other. A sender that waits gets in one job at a time, and what came as a burst is
/// then written, published and answered piece by piece: hence so many.
const QUEUE: usize = 16_384;

/// The commands and operations from which on a transaction takes no more.
const BATCH: usize = 2_048;

/// The bytes of messages and members from which on it takes no more: what waits to be published is a few batches.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How long after a compaction that failed it is tried again.
const RETRY_COMPACTION: Duration = Duration::from_secs(1);

/// An entry of the queue.
enum Request {
    Job(Job),
    /// Compacts the write buffer; at rest, memory is released, too.
    Compact {
        at_rest: bool,
        done: std::sync::mpsc::Sender<()>,
    },
}

/// The handle of the thread.
pub(in crate::storage::sqlite) struct Writer {
    // Behind a lock so that `close` can drop it: the thread ends when all that was queued is committed.
    queue: Mutex<Option<mpsc::Sender<Request>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(in crate::storage::sqlite) fn start(
        connection: Connection,
        publisher: mpsc::Sender<Vec<CommitNotification>>,
        progress: Arc<Progress>,
        log_bound: LogBound,
    ) -> anyhow::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let write_buffer = WriteBuffer::read(&connection)?;
        connection.wal_hook(Some(|_, pages| {
            LOG_PAGES.set(usize::try_from(pages).unwrap_or_default());
            Ok(())
        }));
        let thread = thread::Builder::new().name("storage-writer".into()).spawn(move || {
            let _must_live = AbortOnPanic;
            let statements = Statements::prepare(&connection).expect("the schema is the newest");
            let connection = &connection;
            let thread = WriterThread {
                connection,
                statements,
                write_buffer,
                publisher,
                progress,
                log_bound,
                compact_from: None,
            };
            thread.run(jobs);
            truncate_log(connection);
        })?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) })
    }

    /// A handle that has the writer compact.
    pub(in crate::storage::sqlite) fn compactor(&self) -> Compactor {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        Compactor(queue.as_ref().map(mpsc::Sender::downgrade))
    }

    /// Runs an operation in the next transaction and answers once that is on disk.
    pub(in crate::storage::sqlite) async fn run<T, F>(&self, operation: F) -> Result<T, StorageError>
    where
        F: Fn(&mut Tx<'_, '_>) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (job, answer) = Job::operation(operation);
        self.enqueue(job).await?;
        answer.await.map_err(|_| StorageError::Closed)?
    }

    /// Queues commands, once there is room.
    pub(in crate::storage::sqlite) async fn submit(&self, commands: Vec<Command>) -> CommandsHandle {
        let (job, handle) = Job::commands(commands);
        // A job that is not queued is dropped, and by that answered as closed.
        let _ = self.enqueue(job).await;
        handle
    }

    async fn enqueue(&self, job: Job) -> Result<(), StorageError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        queue.ok_or(StorageError::Closed)?.send(Request::Job(job)).await.map_err(|_| StorageError::Closed)
    }

    /// Commits all that is queued, and ends the thread.
    pub(in crate::storage::sqlite) async fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic in the thread has been printed by then; there is nothing left to save.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// Has the writer compact.
pub(in crate::storage::sqlite) struct Compactor(Option<mpsc::WeakSender<Request>>);

impl Compactor {
    /// Compacts the write buffer, and waits for it; at rest, memory is released, too.
    pub(super) fn compact(&self, at_rest: bool) {
        let (done, wait) = std::sync::mpsc::channel();
        let Some(queue) = self.0.as_ref().and_then(mpsc::WeakSender::upgrade) else { return };
        if queue.blocking_send(Request::Compact { at_rest, done }).is_ok() {
            // Held while sending only: the thread ends when there is no sender any more.
            drop(queue);
            let _ = wait.recv();
        }
    }
}

/// Moves all of the write-ahead log into the database, so that the next commit begins it anew.
pub(in crate::storage::sqlite) fn truncate_log(connection: &Connection) {
    let truncated = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    if let Err(error) = truncated {
        failure::abort_where_a_sync_failed(&error);
        tracing::warn!(%error, "failed to move the write-ahead log into the database");
    }
}

thread_local! {
    /// The length of the write-ahead log after this thread's last commit, in pages.
    static LOG_PAGES: Cell<usize> = const { Cell::new(0) };
}

/// Ends the process where the thread panics: a server that cannot write has to be started again.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::abort();
        }
    }
}

/// Answers that a whole batch failed.
fn fail(batch: &mut Vec<Job>, error: &StorageError) {
    batch.drain(..).for_each(|job| job.fail(error));
}

struct WriterThread<'c> {
    connection: &'c Connection,
    statements: Statements<'c>,
    write_buffer: WriteBuffer,
    publisher: mpsc::Sender<Vec<CommitNotification>>,
    progress: Arc<Progress>,
    log_bound: LogBound,
    /// When compaction may be tried again, where it failed.
    compact_from: Option<Instant>,
}

impl<'c> WriterThread<'c> {
    fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        // A crash may have left events.
        self.compact();
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = queue.blocking_recv() {
            let (mut compaction, mut size, mut bytes) = (None, 0, 0);
            let mut next = Some(first);
            while let Some(request) = next {
                match request {
                    Request::Job(job) => {
                        size += job.len();
                        bytes += job.bytes();
                        batch.push(job);
                    }
                    Request::Compact { at_rest, done } => compaction = Some((at_rest, done)),
                }
                next = if size < BATCH && bytes < BATCH_BYTES { queue.try_recv().ok() } else { None };
            }
            if !batch.is_empty() {
                METRICS.write_queue.set(gauge(queue.len()));
                self.write(&mut batch);
                // After the answers: those who wait for them do not wait for the log.
                self.log_bound.after_transaction(LOG_PAGES.get());
            }
            if compaction.is_some() || (self.write_buffer.is_full() && self.may_compact()) {
                self.compact();
                self.log_bound.after_transaction(LOG_PAGES.get());
            }
            if let Some((at_rest, done)) = compaction {
                if at_rest {
                    self.release_memory();
                }
                // The asker may be gone.
                let _ = done.send(());
            }
        }
        self.compact();
    }

    /// Commits a batch and answers it. If it fails by one of its jobs, each is tried alone, so that a job that cannot be
    /// executed fails no other.
    fn write(&mut self, batch: &mut Vec<Job>) {
        if self.write_buffer.is_overfull() {
            return fail(batch, &StorageError::Failed("the write buffer cannot be compacted".into()));
        }
        let (began, writes) = (Instant::now(), batch.iter().map(Job::len).sum());
        let mut notifications = Vec::with_capacity(writes);
        let execute = |tx: &mut Tx<'_, 'c>| batch.iter_mut().try_for_each(|job| job.execute(tx));
        match self.transaction(execute, &mut notifications) {
            Ok(()) => {
                METRICS.commit_seconds.observe(began.elapsed().as_secs_f64());
                METRICS.commit_writes.observe(writes as f64);
                batch.drain(..).for_each(Job::answer);
                self.progress.committed();
                self.publish(notifications);
            }
            Err(error) => {
                static THROTTLE: Throttle = Throttle::new();
                METRICS.commits_failed.inc();
                if let Some(suppressed) = THROTTLE.pass() {
                    tracing::warn!(%error, jobs = batch.len(), "failed to commit a batch{suppressed}");
                }
                if failure::concerns_every_job(&error) {
                    return fail(batch, &error.into());
                }
                batch.drain(..).for_each(|job| self.write_alone(job));
            }
        }
    }

    fn write_alone(&mut self, job: Job) {
        let mut notifications = Vec::new();
        match job {
            Job::Commands(CommandsJob { commands, reply, .. }) => {
                let mut alone = |command| Ok(self.alone(|tx| execute(tx, command), &mut notifications)?);
                let outcomes = commands.iter().map(&mut alone).collect();
                // The asker may be gone; what was committed stays.
                let _ = reply.send(outcomes);
            }
            Job::Other(mut operation) => {
                let outcome = self.alone(|tx| operation.execute(tx), &mut notifications);
                operation.answer(outcome.map_err(StorageError::from));
            }
        }
        self.progress.committed();
        self.publish(notifications);
    }

    /// Runs one operation in a transaction of its own.
    fn alone<T>(
        &mut self,
        operation: impl FnOnce(&mut Tx<'_, 'c>) -> rusqlite::Result<T>,
        notifications: &mut Vec<CommitNotification>,
    ) -> rusqlite::Result<T> {
        let mut result = None;
        self.transaction(|tx| operation(tx).map(|done| result = Some(done)), notifications)?;
        result.ok_or(rusqlite::Error::InvalidQuery)
    }

    fn publish(&self, notifications: Vec<CommitNotification>) {
        if !notifications.is_empty() {
            // The other end is gone only when the server has stopped publishing for good.
            let _ = self.publisher.blocking_send(notifications);
        }
    }

    /// Executes one transaction. If any part fails, all of it is undone, in the file and in memory.
    fn transaction(
        &mut self,
        operation: impl FnOnce(&mut Tx<'_, 'c>) -> rusqlite::Result<()>,
        notifications: &mut Vec<CommitNotification>,
    ) -> rusqlite::Result<()> {
        let Self { connection, statements, write_buffer, .. } = self;
        write_buffer.begin();
        let before = notifications.len();
        let outcome = (|| {
            statements.begin.execute([])?;
            operation(&mut Tx { connection, statements, write_buffer, notifications })?;
            write_buffer.write(statements)?;
            statements.commit.execute([])
        })();
        if let Err(error) = outcome {
            failure::abort_where_a_sync_failed(&error);
            write_buffer.rolled_back();
            notifications.truncate(before);
            // A failed write may have rolled back by itself.
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            return Err(error);
        }
        self.progress.log_grew(LOG_PAGES.get());
        METRICS.write_ahead_log_bytes.set(gauge(LOG_PAGES.get() as u64 * PAGE));
        METRICS.write_buffer_events.set(gauge(write_buffer.events()));
        Ok(())
    }

    /// Compacts the write buffer. No sync is awaited: until the next commit syncs it, a power cut takes the compaction
    /// back as a whole. Where it fails it is tried again later; readers see the same either way.
    fn compact(&mut self) {
        if self.write_buffer.is_empty() {
            return;
        }
        let began = Instant::now();
        let compacted = self.without_sync(|thread| {
            let operation = |tx: &mut Tx<'_, 'c>| tx.write_buffer.compact(tx.connection, tx.statements);
            thread.transaction(operation, &mut Vec::new())
        });
        match compacted {
            Ok(()) => {
                METRICS.compaction_seconds.observe(began.elapsed().as_secs_f64());
                METRICS.write_buffer_events.set(0);
                self.write_buffer.compacted();
                self.compact_from = None;
            }
            Err(error) => {
                static THROTTLE: Throttle = Throttle::new();
                if let Some(suppressed) = THROTTLE.pass() {
                    tracing::warn!(%error, "failed to compact the write buffer{suppressed}");
                }
                self.compact_from = Some(Instant::now() + RETRY_COMPACTION);
            }
        }
    }

    fn may_compact(&self) -> bool {
        self.compact_from.is_none_or(|from| Instant::now() >= from)
    }

    /// Gives memory that only load needs back to the system.
    fn release_memory(&self) {
        if let Err(error) = self.connection.release_memory() {
            tracing::debug!(%error, "failed to release SQLite's memory");
        }
    }

    fn without_sync<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        let result = work(self);
        // An acknowledged message has to be on disk.
        self.connection.pragma_update(None, "synchronous", "FULL").expect("there is no transaction open");
        result
    }
}
