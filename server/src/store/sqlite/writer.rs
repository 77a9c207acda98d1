//! The one thread that writes: group commit.

use std::{
    cell::Cell,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::{
    checkpoint::Progress,
    command::{Append, Command, Tx},
    events, failure,
    log::Log,
    statements::Statements,
};
use crate::store::{Appending, NewEvent, News, StoreError};

/// How many commands may wait, each with what one read of a socket held at most. Beyond that a sender waits for room:
/// its own connection stops being read, and nobody else's. Who waits for room gets in one command at a time, and what
/// came as a burst is then written, told and answered piece by piece: hence so many.
const QUEUE: usize = 16_384;

/// From how many messages and other commands on a transaction takes no more.
const BATCH: usize = 2_048;

/// From how many bytes of messages on it takes no more: what waits to be told is a few batches.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How long after a settling that failed it is tried again.
const SETTLE_AGAIN: Duration = Duration::from_secs(1);

/// What stands in the queue.
enum Job {
    Write(Command),
    /// Events are to be settled; where nothing is going on, memory is given back, too.
    Settle {
        rest: bool,
        done: std::sync::mpsc::Sender<()>,
    },
}

/// The handle of the thread.
pub(super) struct Writer {
    // Behind a lock so that `close` can drop it: the thread ends when all that was queued is committed.
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        committed: mpsc::Sender<Vec<News>>,
        progress: Arc<Progress>,
    ) -> anyhow::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let log = Log::read(&connection)?;
        connection.wal_hook(Some(|_, pages| {
            LOG_PAGES.set(usize::try_from(pages).unwrap_or_default());
            Ok(())
        }));
        let thread = thread::Builder::new().name("store-writer".into()).spawn(move || {
            let _must_live = AbortOnPanic;
            let statements = Statements::prepare(&connection).expect("the schema is the newest");
            let connection = &connection;
            WriterThread { connection, statements, log, committed, progress, settle_from: None }.run(jobs);
            leave_no_log(connection);
        })?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) })
    }

    /// What tells the writer to settle.
    pub(super) fn settling(&self) -> Settling {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        Settling(queue.as_ref().map(mpsc::Sender::downgrade))
    }

    /// Runs an operation in the next transaction and answers once that is on disk.
    pub(super) async fn run<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        F: Fn(&mut Tx<'_, '_>) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (command, answer) = Command::ask(operation);
        self.queue(command).await?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Queues events, once there is room.
    pub(super) async fn append(&self, new: Vec<NewEvent>) -> Appending {
        let (command, appending) = Command::append(new);
        // Where it is not queued it is dropped, and by that answered.
        let _ = self.queue(command).await;
        appending
    }

    async fn queue(&self, command: Command) -> Result<(), StoreError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        queue.ok_or(StoreError::Closed)?.send(Job::Write(command)).await.map_err(|_| StoreError::Closed)
    }

    /// Commits all that is queued, and ends the thread.
    pub(super) async fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic in the thread has been printed by then; there is nothing left to save.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// Tells the writer to settle.
pub(super) struct Settling(Option<mpsc::WeakSender<Job>>);

impl Settling {
    /// Has all events settled, and waits for it; where nothing is going on, has memory given back, too.
    pub(super) fn settle(&self, rest: bool) {
        let (done, wait) = std::sync::mpsc::channel();
        let Some(queue) = self.0.as_ref().and_then(mpsc::WeakSender::upgrade) else { return };
        if queue.blocking_send(Job::Settle { rest, done }).is_ok() {
            // Only held while sending: the thread ends when nobody can send anything more.
            drop(queue);
            let _ = wait.recv();
        }
    }
}

/// Moves all of the write-ahead log into the database, so that the next commit begins it anew.
pub(super) fn leave_no_log(connection: &Connection) {
    let truncated = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    if let Err(error) = truncated {
        failure::end_where_a_sync_failed(&error);
        tracing::warn!(%error, "the log is not moved into the database");
    }
}

thread_local! {
    /// The length of the write-ahead log after this thread's last commit, in pages.
    static LOG_PAGES: Cell<usize> = const { Cell::new(0) };
}

/// A server that cannot write is of no use to anybody: better that it ends, and is started again.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::abort();
        }
    }
}

/// Answers a batch of which nothing can be carried out.
fn refuse(batch: &mut Vec<Command>, error: &StoreError) {
    batch.drain(..).for_each(|command| command.fail(error));
}

struct WriterThread<'c> {
    connection: &'c Connection,
    statements: Statements<'c>,
    log: Log,
    committed: mpsc::Sender<Vec<News>>,
    progress: Arc<Progress>,
    /// When settling may be tried again, where it failed.
    settle_from: Option<Instant>,
}

impl<'c> WriterThread<'c> {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        // A crash may have left something.
        self.settle();
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = jobs.blocking_recv() {
            let (mut asked, mut size, mut bytes) = (None, 0, 0);
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Write(command) => {
                        size += command.size();
                        bytes += command.bytes();
                        batch.push(command);
                    }
                    Job::Settle { rest, done } => asked = Some((rest, done)),
                }
                next = if size < BATCH && bytes < BATCH_BYTES { jobs.try_recv().ok() } else { None };
            }
            if !batch.is_empty() {
                self.write(&mut batch);
            }
            if asked.is_some() || (self.log.is_long() && self.may_settle()) {
                self.settle();
            }
            if let Some((rest, done)) = asked {
                if rest {
                    self.rest();
                }
                // Nobody need wait for it any more.
                let _ = done.send(());
            }
        }
        self.settle();
    }

    /// Commits a batch and answers it. If it fails by what one of its commands wants, each is tried alone, so that one
    /// that cannot be carried out fails nobody else's.
    fn write(&mut self, batch: &mut Vec<Command>) {
        if self.log.is_too_long() {
            return refuse(batch, &StoreError::Failed("events cannot be settled".into()));
        }
        let mut committed = Vec::with_capacity(batch.iter().map(Command::size).sum());
        let execute = |tx: &mut Tx<'_, 'c>| batch.iter_mut().try_for_each(|command| command.execute(tx));
        match self.transaction(execute, &mut committed) {
            Ok(()) => {
                batch.drain(..).for_each(Command::answer);
                self.progress.committed();
                self.publish(committed);
            }
            Err(error) => {
                tracing::warn!(%error, commands = batch.len(), "a batch failed");
                if failure::concerns_everybody(&error) {
                    return refuse(batch, &error.into());
                }
                batch.drain(..).for_each(|command| self.write_alone(command));
            }
        }
    }

    fn write_alone(&mut self, command: Command) {
        let mut committed = Vec::new();
        match command {
            Command::Append(Append { new, reply, .. }) => {
                let mut alone = |new| Ok(self.alone(|tx| events::append(tx, new), &mut committed)?);
                let appended = new.iter().map(&mut alone).collect();
                // Who asked may be gone; what was committed stays.
                let _ = reply.send(appended);
            }
            Command::Other(mut operation) => {
                let outcome = self.alone(|tx| operation.execute(tx), &mut committed);
                operation.answer(outcome.map_err(StoreError::from));
            }
        }
        self.progress.committed();
        self.publish(committed);
    }

    /// A transaction of its own, for one thing.
    fn alone<T>(
        &mut self,
        operation: impl FnOnce(&mut Tx<'_, 'c>) -> rusqlite::Result<T>,
        committed: &mut Vec<News>,
    ) -> rusqlite::Result<T> {
        let mut result = None;
        self.transaction(|tx| operation(tx).map(|done| result = Some(done)), committed)?;
        result.ok_or(rusqlite::Error::InvalidQuery)
    }

    fn publish(&self, news: Vec<News>) {
        if !news.is_empty() {
            // The other end is gone only when the server has stopped publishing for good.
            let _ = self.committed.blocking_send(news);
        }
    }

    /// One transaction. Whatever fails, nothing of it stays, in the file or in memory.
    fn transaction(
        &mut self,
        operation: impl FnOnce(&mut Tx<'_, 'c>) -> rusqlite::Result<()>,
        committed: &mut Vec<News>,
    ) -> rusqlite::Result<()> {
        let Self { connection, statements, log, .. } = self;
        log.begin();
        let before = committed.len();
        let outcome = (|| {
            statements.begin.execute([])?;
            operation(&mut Tx { connection, statements, log, committed })?;
            log.write(statements)?;
            statements.commit.execute([])
        })();
        if let Err(error) = outcome {
            failure::end_where_a_sync_failed(&error);
            log.rolled_back();
            committed.truncate(before);
            // A failed write may have rolled back by itself.
            if !connection.is_autocommit() {
                connection.execute_batch("ROLLBACK")?;
            }
            return Err(error);
        }
        self.progress.log_grew(LOG_PAGES.get());
        Ok(())
    }

    /// Moves events to their place. Nobody waits for the disk: until the next commit gets it there, a power cut takes
    /// this back as a whole. Where it fails it is tried again later; readers see the same either way.
    fn settle(&mut self) {
        if self.log.is_settled() {
            return;
        }
        let settled = self.without_waiting(|thread| {
            let operation = |tx: &mut Tx<'_, 'c>| tx.log.settle(tx.connection, tx.statements);
            thread.transaction(operation, &mut Vec::new())
        });
        match settled {
            Ok(()) => {
                self.log.settled();
                self.settle_from = None;
            }
            Err(error) => {
                tracing::warn!(%error, "events are not settled");
                self.settle_from = Some(Instant::now() + SETTLE_AGAIN);
            }
        }
    }

    fn may_settle(&self) -> bool {
        self.settle_from.is_none_or(|from| Instant::now() >= from)
    }

    /// Gives back the memory that only much work needs.
    fn rest(&self) {
        if let Err(error) = self.connection.release_memory() {
            tracing::debug!(%error, "memory is not given back");
        }
    }

    fn without_waiting<T>(
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
