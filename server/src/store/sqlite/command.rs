//! What the writer is told to do.

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{events, log::Log, statements::Statements};
use crate::store::{Appended, Appending, AppendingReply, NewBody, NewEvent, News, StoreError};

/// What a command has at hand: the open transaction, and what it adds to be published after the commit.
pub(super) struct Tx<'a, 'c> {
    pub(super) connection: &'c Connection,
    pub(super) statements: &'a mut Statements<'c>,
    pub(super) log: &'a mut Log,
    pub(super) committed: &'a mut Vec<News>,
}

/// A command: executed in a transaction, perhaps twice (a failed batch is tried again one by one), then answered.
pub(super) enum Command {
    /// By far the most: it costs no box.
    Append(Append),
    Other(Box<dyn Operation>),
}

impl Command {
    /// Events are to be appended.
    pub(super) fn append(new: Vec<NewEvent>) -> (Self, Appending) {
        let (reply, appending) = Appending::new(new.len());
        let appended = Vec::with_capacity(new.len());
        let bytes = new.iter().map(bytes).sum();
        (Self::Append(Append { new, bytes, appended, reply }), appending)
    }

    /// Something is to be done, and what comes of it told.
    pub(super) fn ask<T, F>(operation: F) -> (Self, oneshot::Receiver<Result<T, StoreError>>)
    where
        F: Fn(&mut Tx<'_, '_>) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        (Self::Other(Box::new(Asked { operation, result: None, reply })), answer)
    }

    /// How much of a batch it is.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Append(append) => append.new.len(),
            Self::Other(_) => 1,
        }
    }

    /// How many bytes of messages it brings.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Append(append) => append.bytes,
            Self::Other(_) => 0,
        }
    }

    pub(super) fn execute(&mut self, tx: &mut Tx<'_, '_>) -> rusqlite::Result<()> {
        match self {
            Self::Append(append) => append.execute(tx),
            Self::Other(operation) => operation.execute(tx),
        }
    }

    /// It is on disk.
    pub(super) fn answer(self) {
        match self {
            // Who asked may be gone; what was committed stays.
            Self::Append(Append { appended, reply, .. }) => drop(reply.send(appended)),
            Self::Other(operation) => operation.answer(Ok(())),
        }
    }

    /// It cannot be carried out.
    pub(super) fn fail(self, error: &StoreError) {
        match self {
            Self::Append(Append { new, reply, .. }) => {
                drop(reply.send(new.iter().map(|_| Err(error.clone())).collect()));
            }
            Self::Other(operation) => operation.answer(Err(error.clone())),
        }
    }
}

fn bytes(new: &NewEvent) -> usize {
    match &new.body {
        NewBody::Posted { text, legacy, .. } => {
            text.as_str().len() + legacy.as_ref().map_or(0, |frame| frame.len())
        }
        NewBody::Joined(_) | NewBody::Renamed(_) | NewBody::Left => 0,
    }
}

pub(super) struct Append {
    pub(super) new: Vec<NewEvent>,
    bytes: usize,
    appended: Vec<Result<Appended, StoreError>>,
    pub(super) reply: AppendingReply,
}

impl Append {
    fn execute(&mut self, tx: &mut Tx<'_, '_>) -> rusqlite::Result<()> {
        self.appended.clear();
        for new in &self.new {
            self.appended.push(Ok(events::append(tx, new)?));
        }
        Ok(())
    }
}

/// Any other command.
pub(super) trait Operation: Send {
    fn execute(&mut self, tx: &mut Tx<'_, '_>) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Asked<F, T> {
    operation: F,
    result: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Operation for Asked<F, T>
where
    F: Fn(&mut Tx<'_, '_>) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn execute(&mut self, tx: &mut Tx<'_, '_>) -> rusqlite::Result<()> {
        self.result = Some((self.operation)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { result, reply, .. } = *self;
        // Who asked may be gone; what was committed stays.
        let _ = reply.send(outcome.and_then(|()| result.ok_or(StoreError::Closed)));
    }
}
