//! Failures of the database, and which of them are worth another attempt.

use std::{io, time::Duration};

use deadpool_postgres::PoolError;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;

use crate::storage::StorageError;

/// The `retry_after` of refusals while the database is away: longer than the writer then refuses all commands.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// An operation that did not happen.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The database refused it, or the connection broke.
    #[error("{}", with_causes(.0))]
    Database(#[from] tokio_postgres::Error),
    /// There is no connection.
    #[error("failed to connect to the database: {}", with_causes(.0))]
    Pool(#[from] PoolError),
    /// The database did not answer in time.
    #[error("the database did not answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke before a commit was answered: it may have happened.
    #[error("the connection broke during a commit: {}", with_causes(.0))]
    InDoubt(tokio_postgres::Error),
    /// A row holds what no build has written.
    #[error("the database holds a wrong value: {0}")]
    Corrupt(String),
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consequence {
    /// Another transaction was in the way: the same again has a good chance at once.
    Contention,
    /// The database is away, or the connection is lost.
    Lost,
    /// It may have happened: the same again could answer wrongly.
    InDoubt,
    /// The same again would fail alike.
    Fatal,
}

impl Failure {
    pub(super) fn corrupt(what: impl std::fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }

    /// What was decided on is not there.
    pub(super) fn missing() -> Self {
        Self::Corrupt("a row is missing".to_owned())
    }

    pub(super) fn consequence(&self) -> Consequence {
        match self {
            Self::Database(error) | Self::Pool(PoolError::Backend(error)) => of_database(error),
            Self::Pool(_) | Self::Timeout(_) => Consequence::Lost,
            Self::InDoubt(_) => Consequence::InDoubt,
            Self::Corrupt(_) => Consequence::Fatal,
        }
    }

    /// Whether an error means that the connection is lost.
    pub(super) fn is_lost_error(error: &tokio_postgres::Error) -> bool {
        of_database(error) == Consequence::Lost
    }

    pub(super) fn is_lost(&self) -> bool {
        self.consequence() == Consequence::Lost
    }
}

/// The errors that concern every operation, by what their codes begin with: connection exceptions, a server that lacks disk,
/// memory or connections, one that stops, crashed or starts, and errors of its system.
const LOST_CLASSES: [&str; 4] = ["08", "53", "57P", "58"];

/// An error with its causes: the client's own say little.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn of_database(error: &tokio_postgres::Error) -> Consequence {
    let Some(code) = error.code() else {
        let source = std::error::Error::source(error);
        let io = source.is_some_and(|source| source.is::<io::Error>());
        return if error.is_closed() || io { Consequence::Lost } else { Consequence::Fatal };
    };
    let contention = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        // Another node did the same at once: the next attempt finds what it made.
        SqlState::UNIQUE_VIOLATION,
    ];
    let lost = [
        // A standby, or a server that was one: it may be promoted.
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    match code {
        code if contention.contains(code) => Consequence::Contention,
        code if lost.contains(code) || LOST_CLASSES.iter().any(|class| code.code().starts_with(class)) => {
            Consequence::Lost
        }
        _ => Consequence::Fatal,
    }
}

impl From<Failure> for StorageError {
    fn from(failure: Failure) -> Self {
        let cause = failure.to_string().into();
        match failure.consequence() {
            Consequence::Fatal => Self::Failed(cause),
            Consequence::Contention | Consequence::Lost | Consequence::InDoubt => {
                Self::Unavailable { cause, retry_after: RETRY_AFTER }
            }
        }
    }
}

/// The attempts at one operation: bounded in number and time, so that callers soon learn that the database is away.
pub(super) struct Attempts {
    contention: u32,
    lost: u32,
    began: Instant,
}

/// How often an operation is tried again that met another transaction.
const MAX_CONTENTION: u32 = 8;

/// How often an operation is tried again whose connection was lost: with the waits between, for about a second and a half.
const MAX_LOST: u32 = 5;

/// For how long it is tried again then: where the database's machine answers nothing, each attempt takes seconds.
const LOST_PATIENCE: Duration = Duration::from_secs(3);

impl Attempts {
    pub(super) fn new() -> Self {
        Self { contention: 0, lost: 0, began: Instant::now() }
    }

    /// The attempts while the database is known to be away: one.
    pub(super) fn while_away() -> Self {
        Self { lost: MAX_LOST, ..Self::new() }
    }

    /// Whether to try again after a failure; waits until it is time to.
    pub(super) async fn again(&mut self, failure: &Failure) -> bool {
        let (count, max, unit_ms) = match failure.consequence() {
            Consequence::Lost if self.began.elapsed() >= LOST_PATIENCE => return false,
            Consequence::Contention => (&mut self.contention, MAX_CONTENTION, 4),
            Consequence::Lost => (&mut self.lost, MAX_LOST, 50),
            Consequence::InDoubt | Consequence::Fatal => return false,
        };
        if *count == max {
            return false;
        }
        let wait_ms = unit_ms << *count;
        *count += 1;
        // Two nodes that met do not meet again at once.
        let jitter = getrandom::u32().unwrap_or_default() % 8;
        sleep(Duration::from_millis(wait_ms * u64::from(8 + jitter) / 16)).await;
        true
    }
}

/// Runs an operation on a pooled connection, and again where [`Attempts`] says so: for reads, and for writes that may be
/// done twice. Evaluates to the operation's result or a [`StorageError`].
macro_rules! attempt {
    ($database:expr, $client:ident => $operation:expr) => {{
        let mut attempts = $database.attempts();
        loop {
            let done: Result<_, $crate::storage::postgres::failure::Failure> = async {
                #[allow(unused_mut, reason = "some operations begin a transaction")]
                let mut $client = $database.client().await?;
                $operation.await
            }
            .await;
            match done {
                Ok(value) => {
                    $database.is_back();
                    break Ok(value);
                }
                Err(failure) if attempts.again(&failure).await => {}
                Err(failure) => {
                    $database.failed(&failure);
                    break Err($crate::storage::StorageError::from(failure));
                }
            }
        }
    }};
}
pub(super) use attempt;
