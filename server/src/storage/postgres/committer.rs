//! Commits batches of commands over the writer's connection.
//!
//! A batch that meets another transaction, or whose connection is lost, is tried again as a whole. Whether a commit
//! happened whose answer was lost is certain once the connection is back: the transaction has written the batch's number
//! to the node's row, and held that row's lock. So nothing is done twice, and what was committed is published.

use std::{sync::Arc, time::Duration};

use confab_shared::id::ConversationId;
use deadpool_postgres::{Client, Object};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{
    batch::{
        keys::Keys,
        load::{self, BatchMarker},
        members::MemberCache,
        working_set::WorkingSet,
        write,
    },
    columns::Columns,
    connection::{Database, execute, query, query_opt},
    failure::Failure,
};
use crate::{
    domain::{command::Command, decision::Outcome, notification::CommitNotification},
    metrics::METRICS,
    throttle::Throttle,
};

/// How long one attempt at a batch may take: beyond that the connection counts as lost.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// What a batch did.
pub(super) struct Decided {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) set: WorkingSet,
}

/// Commits one batch after the other.
pub(super) struct Committer {
    database: Arc<Database>,
    client: Option<Client>,
    marker: BatchMarker,
    cache: MemberCache,
    publisher: mpsc::Sender<Vec<CommitNotification>>,
    /// A batch whose commit was not answered, and its number.
    in_doubt: Option<(i64, Decided)>,
}

impl Committer {
    pub(super) fn new(
        database: Arc<Database>,
        node: Uuid,
        publisher: mpsc::Sender<Vec<CommitNotification>>,
    ) -> Self {
        Self {
            database,
            client: None,
            marker: BatchMarker { node, number: 0 },
            cache: MemberCache::default(),
            publisher,
            in_doubt: None,
        }
    }

    /// Whether it is not known whether a batch was committed.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.in_doubt.is_some()
    }

    /// Commits commands in one transaction, with as many attempts as that deserves.
    pub(super) async fn commit(&mut self, commands: &[&Command]) -> Result<Decided, Failure> {
        self.marker.number += 1;
        let (mut attempts, began) = (self.database.attempts(), Instant::now());
        loop {
            let attempt = timeout(ATTEMPT_TIMEOUT, self.attempt(commands)).await;
            let failure = match attempt.unwrap_or(Err(Failure::Timeout(ATTEMPT_TIMEOUT))) {
                Ok(decided) => {
                    METRICS.commit_seconds.observe(began.elapsed().as_secs_f64());
                    METRICS.commit_writes.observe(commands.len() as f64);
                    self.database.is_back();
                    decided.set.cache_members(&mut self.cache);
                    return Ok(decided);
                }
                Err(failure) => failure,
            };
            if failure.is_lost() {
                self.disconnect();
            }
            if !attempts.again(&failure).await {
                METRICS.commits_failed.inc();
                static THROTTLE: Throttle = Throttle::new();
                if let Some(suppressed) = THROTTLE.pass() {
                    tracing::warn!(%failure, commands = commands.len(), "failed to commit a batch{suppressed}");
                }
                self.database.failed(&failure);
                return Err(failure);
            }
        }
    }

    /// One attempt.
    async fn attempt(&mut self, commands: &[&Command]) -> Result<Decided, Failure> {
        self.connect().await?;
        if let Some((number, decided)) = self.resolve_doubt().await? {
            if number == self.marker.number {
                return Ok(decided);
            }
            self.publish(decided).await;
        }
        let client = self.client.as_ref().ok_or_else(Failure::missing)?;
        let decided = match decide(client, self.marker, commands, &self.cache).await {
            Ok(decided) => decided,
            Err(failure) => {
                self.roll_back().await;
                return Err(failure);
            }
        };
        // From here on the answer may be lost, also because this attempt is given up.
        let (number, decided) = self.in_doubt.insert((self.marker.number, decided));
        match write::commit(client, &decided.set).await {
            Ok(()) => self.in_doubt.take().map(|(_, decided)| decided).ok_or_else(Failure::missing),
            Err(failure) => {
                tracing::debug!(%failure, number, "a commit failed");
                if !failure.is_lost() {
                    self.in_doubt = None;
                    self.roll_back().await;
                }
                Err(failure)
            }
        }
    }

    async fn connect(&mut self) -> Result<(), Failure> {
        if self.client.as_ref().is_none_or(|client| client.is_closed()) {
            self.disconnect();
            let client = self.database.writer().await?;
            // The row is there before the first batch locks it.
            let sql = "INSERT INTO node (id, batch) VALUES ($1, 0) ON CONFLICT DO NOTHING";
            execute(&client, sql, &[&self.marker.node]).await?;
            self.client = Some(client);
        }
        Ok(())
    }

    /// Ends a transaction that failed. A connection on which that fails is dropped.
    async fn roll_back(&mut self) {
        if let Some(client) = &self.client
            && client.batch_execute("ROLLBACK").await.is_err()
        {
            self.disconnect();
        }
    }

    /// Drops the connection, which may have an open transaction, and does not return it to the pool.
    fn disconnect(&mut self) {
        self.client.take().map(Object::take);
    }

    /// Finds out what became of a commit whose answer was lost, and answers what it did if it happened.
    async fn resolve_doubt(&mut self) -> Result<Option<(i64, Decided)>, Failure> {
        let Some((number, _)) = &self.in_doubt else { return Ok(None) };
        let client = self.client.as_ref().ok_or_else(Failure::missing)?;
        // Waits for the transaction, should the database still be about to commit it.
        let sql = "SELECT batch FROM node WHERE id = $1 FOR UPDATE";
        let row = query_opt(client, sql, &[&self.marker.node]).await?.ok_or_else(Failure::missing)?;
        let committed = Columns::of(&row).get::<i64>()? >= *number;
        tracing::info!(committed, "the outcome of a commit is known whose answer was lost");
        Ok(self.in_doubt.take().filter(|_| committed))
    }

    /// Publishes a batch that was in doubt after its commands were answered.
    async fn publish(&mut self, decided: Decided) {
        decided.set.cache_members(&mut self.cache);
        let notifications = decided.set.into_notifications();
        if !notifications.is_empty() {
            // The other end is gone only when the server has stopped publishing for good.
            let _ = self.publisher.send(notifications).await;
        }
    }

    /// Asks once what became of a commit in doubt.
    pub(super) async fn ask_after_doubt(&mut self) {
        let asking = async {
            self.connect().await?;
            self.resolve_doubt().await
        };
        match timeout(ATTEMPT_TIMEOUT, asking).await {
            Ok(Ok(Some((_, decided)))) => self.publish(decided).await,
            Ok(Ok(None)) => {}
            Ok(Err(_)) | Err(_) => self.disconnect(),
        }
    }

    /// Removes the node's row: there is no batch any more that could be in doubt.
    pub(super) async fn forget_node(&mut self) {
        if let Some(client) = &self.client
            && let Err(error) = execute(client, "DELETE FROM node WHERE id = $1", &[&self.marker.node]).await
        {
            tracing::debug!(%error, "failed to remove the node's row");
        }
    }
}

/// Begins a transaction, loads what the commands need, and decides them in their order.
async fn decide(
    client: &Client,
    marker: BatchMarker,
    commands: &[&Command],
    cache: &MemberCache,
) -> Result<Decided, Failure> {
    let keys = Keys::of(commands);
    let loaded = load::load(client, marker, &keys, cache).await?;
    if !keys.may_create {
        return carry_out(commands, loaded);
    }
    // The first run only counts the conversations to be made, whose ids are then given by one statement.
    let counted = carry_out(commands, loaded.clone())?;
    let count = counted.set.conversations_to_make();
    if count == 0 {
        return Ok(counted);
    }
    let mut loaded = loaded;
    loaded.give_ids(new_ids(client, count).await?);
    carry_out(commands, loaded)
}

fn carry_out(commands: &[&Command], mut set: WorkingSet) -> Result<Decided, Failure> {
    let outcomes = commands.iter().map(|command| set.execute(command)).collect::<Result<_, _>>()?;
    Ok(Decided { outcomes, set })
}

async fn new_ids(client: &Client, count: u64) -> Result<Vec<ConversationId>, Failure> {
    let sql =
        "SELECT nextval(pg_get_serial_sequence('conversation', 'id')) FROM generate_series(1, $1::bigint)";
    let count = i64::try_from(count).map_err(Failure::corrupt)?;
    let rows = query(client, sql, &[&count]).await?;
    rows.iter().map(|row| Columns::of(row).conversation_id()).collect()
}
