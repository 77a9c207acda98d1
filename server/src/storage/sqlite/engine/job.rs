//! The jobs of the writer.

use tokio::sync::oneshot;

use super::{execute::execute, transaction::Tx};
use crate::{
    domain::command::Command,
    storage::{CommandOutcomes, CommandsHandle, CommandsReply, StorageError},
};

/// A job: executed in a transaction, perhaps twice (a failed batch is tried again one by one), then answered.
pub(super) enum Job {
    /// By far the most: they cost no box.
    Commands(CommandsJob),
    Other(Box<dyn Operation>),
}

impl Job {
    /// Commands are to be carried out.
    pub(super) fn commands(commands: Vec<Command>) -> (Self, CommandsHandle) {
        let (reply, handle) = CommandsHandle::new(commands.len());
        let outcomes = Vec::with_capacity(commands.len());
        let bytes = commands.iter().map(Command::bytes).sum();
        (Self::Commands(CommandsJob { commands, bytes, outcomes, reply }), handle)
    }

    /// An operation is to be run, and its result answered.
    pub(super) fn operation<T, F>(operation: F) -> (Self, oneshot::Receiver<Result<T, StorageError>>)
    where
        F: Fn(&mut Tx<'_, '_>) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        (Self::Other(Box::new(AnsweredOperation { operation, result: None, reply })), answer)
    }

    /// How many commands and operations it counts for.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Commands(job) => job.commands.len(),
            Self::Other(_) => 1,
        }
    }

    /// About how many bytes it writes, beyond those of any command.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Commands(job) => job.bytes,
            Self::Other(_) => 0,
        }
    }

    pub(super) fn execute(&mut self, tx: &mut Tx<'_, '_>) -> rusqlite::Result<()> {
        match self {
            Self::Commands(job) => job.execute(tx),
            Self::Other(operation) => operation.execute(tx),
        }
    }

    /// Answers that it is on disk.
    pub(super) fn answer(self) {
        match self {
            // The asker may be gone; what was committed stays.
            Self::Commands(CommandsJob { outcomes, reply, .. }) => drop(reply.send(outcomes)),
            Self::Other(operation) => operation.answer(Ok(())),
        }
    }

    /// Answers that it failed.
    pub(super) fn fail(self, error: &StorageError) {
        match self {
            Self::Commands(CommandsJob { commands, reply, .. }) => {
                drop(reply.send(commands.iter().map(|_| Err(error.clone())).collect()));
            }
            Self::Other(operation) => operation.answer(Err(error.clone())),
        }
    }
}

/// Commands that came together.
pub(super) struct CommandsJob {
    pub(super) commands: Vec<Command>,
    bytes: usize,
    outcomes: CommandOutcomes,
    pub(super) reply: CommandsReply,
}

impl CommandsJob {
    fn execute(&mut self, tx: &mut Tx<'_, '_>) -> rusqlite::Result<()> {
        self.outcomes.clear();
        for command in &self.commands {
            self.outcomes.push(Ok(execute(tx, command)?));
        }
        Ok(())
    }
}

/// Any other job.
pub(super) trait Operation: Send {
    fn execute(&mut self, tx: &mut Tx<'_, '_>) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, outcome: Result<(), StorageError>);
}

struct AnsweredOperation<F, T> {
    operation: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StorageError>>,
}

impl<F, T> Operation for AnsweredOperation<F, T>
where
    F: Fn(&mut Tx<'_, '_>) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn execute(&mut self, tx: &mut Tx<'_, '_>) -> rusqlite::Result<()> {
        self.result = Some((self.operation)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StorageError>) {
        let Self { result, reply, .. } = *self;
        // The asker may be gone; what was committed stays.
        let _ = reply.send(outcome.and_then(|()| result.ok_or(StorageError::Closed)));
    }
}
