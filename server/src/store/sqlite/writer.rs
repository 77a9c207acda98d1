//! The one thread that writes: group commit.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{checkpoint::Progress, heads::Heads};
use crate::store::{Committed, StoreError};

/// How many commands may wait. Beyond that a sender waits for room: its own connection stops being read, and
/// nobody else's.
const QUEUE: usize = 1024;

/// How many commands one transaction takes at most.
const BATCH: usize = 512;

/// What a command has at hand: the open transaction, and what it adds to be published after the commit.
pub(super) struct Tx<'a> {
    pub(super) connection: &'a Connection,
    pub(super) heads: &'a mut Heads,
    pub(super) committed: &'a mut Vec<Committed>,
}

/// A command: executed in a transaction, perhaps twice (a failed batch is tried again one by one), then answered.
trait Command: Send {
    fn execute(&mut self, tx: &mut Tx<'_>) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Write<F, T> {
    operation: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Command for Write<F, T>
where
    F: Fn(&mut Tx<'_>) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn execute(&mut self, tx: &mut Tx<'_>) -> rusqlite::Result<()> {
        self.result = Some((self.operation)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        let answer = outcome.and_then(|()| result.ok_or(StoreError::Closed));
        // Who asked may be gone; what was committed stays.
        let _ = reply.send(answer);
    }
}

/// The handle of the thread.
pub(super) struct Writer {
    // Behind a lock so that `close` can drop it: the thread ends when all that was queued is committed.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Command>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(
        connection: Connection,
        committed: mpsc::Sender<Vec<Committed>>,
        progress: Arc<Progress>,
    ) -> std::io::Result<Self> {
        let (queue, commands) = mpsc::channel(QUEUE);
        let thread = WriterThread { connection, heads: Heads::default(), committed, progress };
        let thread =
            thread::Builder::new().name("store-writer".into()).spawn(move || thread.run(commands))?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) })
    }

    /// Runs an operation in the next transaction and answers once that is on disk.
    pub(super) async fn run<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        F: Fn(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.queue(operation).await?.await
    }

    /// Queues an operation, once there is room. What this answers with resolves once the operation is on disk: it
    /// holds nothing that another could wait for, so it may be polled late or never.
    pub(super) async fn queue<T, F>(
        &self,
        operation: F,
    ) -> Result<impl Future<Output = Result<T, StoreError>> + Send + use<T, F>, StoreError>
    where
        F: Fn(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or(StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let command = Box::new(Write { operation, result: None, reply });
        queue.send(command).await.map_err(|_| StoreError::Closed)?;
        Ok(async move { answer.await.map_err(|_| StoreError::Closed)? })
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

/// A server that cannot write is of no use to anybody: better that it ends, and is started again.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            std::process::abort();
        }
    }
}

struct WriterThread {
    connection: Connection,
    heads: Heads,
    committed: mpsc::Sender<Vec<Committed>>,
    progress: Arc<Progress>,
}

impl WriterThread {
    fn run(mut self, mut commands: mpsc::Receiver<Box<dyn Command>>) {
        let _must_live = AbortOnPanic;
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = commands.blocking_recv() {
            batch.push(first);
            while batch.len() < BATCH
                && let Ok(next) = commands.try_recv()
            {
                batch.push(next);
            }
            self.write(&mut batch);
        }
    }

    /// Commits a batch and answers it. If it fails, each command is tried alone, so that one that cannot be carried
    /// out fails nobody else's.
    fn write(&mut self, batch: &mut Vec<Box<dyn Command>>) {
        match self.commit(batch) {
            Ok(events) => self.finish(batch.drain(..), events),
            Err(error) => {
                tracing::warn!(%error, commands = batch.len(), "a batch failed");
                for command in batch.drain(..) {
                    let mut alone = [command];
                    let outcome = self.commit(&mut alone);
                    let [command] = alone;
                    match outcome {
                        Ok(events) => self.finish([command].into_iter(), events),
                        Err(error) => command.answer(Err(error.into())),
                    }
                }
            }
        }
    }

    fn finish(&mut self, commands: impl Iterator<Item = Box<dyn Command>>, events: Vec<Committed>) {
        let mut count = 0;
        for command in commands {
            command.answer(Ok(()));
            count += 1;
        }
        self.progress.wrote(count);
        if !events.is_empty() {
            // The other end is gone only when the server has stopped publishing for good.
            let _ = self.committed.blocking_send(events);
        }
    }

    /// One transaction. Whatever fails, nothing of it stays, in the file or in memory.
    fn commit(&mut self, batch: &mut [Box<dyn Command>]) -> rusqlite::Result<Vec<Committed>> {
        let mut committed = Vec::new();
        let outcome = self.execute(batch, &mut committed);
        if let Err(error) = outcome {
            self.heads.clear();
            // A failed write may have rolled back by itself.
            if !self.connection.is_autocommit() {
                self.connection.execute_batch("ROLLBACK")?;
            }
            return Err(error);
        }
        Ok(committed)
    }

    fn execute(
        &mut self,
        batch: &mut [Box<dyn Command>],
        committed: &mut Vec<Committed>,
    ) -> rusqlite::Result<()> {
        let connection = &self.connection;
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut tx = Tx { connection, heads: &mut self.heads, committed };
        for command in batch {
            command.execute(&mut tx)?;
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(())
    }
}
