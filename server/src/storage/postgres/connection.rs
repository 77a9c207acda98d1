//! Connections to the database: a pool for reads and plain writes, and one for the writer.

use std::{
    str::FromStr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context, bail};
use deadpool_postgres::{
    Client, Connect, GenericClient, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Transaction,
};
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_postgres::{Config, IsolationLevel, NoTls, Row, types::ToSql};

use super::failure::{Attempts, Failure};

/// How many connections the reads and the plain writes of a node share.
const POOL_SIZE: usize = 16;

/// How long a connection may take to be made, where the address does not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long bytes may stay unacknowledged by the database's machine before the connection counts as lost, where the address
/// does not say. Where packets are dropped, nothing else ends a wait.
const USER_TIMEOUT: Duration = Duration::from_secs(10);

/// After how much silence a connection is probed, where the address does not say: who waits for an answer has sent nothing
/// that could stay unacknowledged. A probe, too, has [`USER_TIMEOUT`] since the last sign of life.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);

/// How often it is probed then.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);

/// What every session sets. A setting of `synchronous_commit` that promises more than `on` stays. Locks are held for
/// milliseconds, so who waits for seconds waits for a node that hangs; and a node that hangs loses its locks, as does one that
/// the database's machine does not reach any more.
const SESSION: &str = "SELECT set_config('synchronous_commit', 'on', false) \
     WHERE current_setting('synchronous_commit') IN ('off', 'local', 'remote_write'); \
     SET default_transaction_isolation = 'read committed'; \
     SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '20s'; \
     SET tcp_user_timeout = '10s'; \
     SET tcp_keepalives_idle = '5s'; \
     SET tcp_keepalives_interval = '2s'";

/// The advisory lock of who uses the database: every session of a server holds it shared, a move of everything alone.
pub(super) const USE_LOCK: i64 = 0x0c0f_ab01;

/// Shares the lock that a move of everything takes alone: none begins while a server uses the database, and no server uses it
/// meanwhile.
fn share_lock() -> String {
    format!(
        "DO $$ BEGIN IF NOT pg_try_advisory_lock_shared({USE_LOCK}) THEN \
         RAISE EXCEPTION 'a move from or to the database is under way (confab migrate)'; END IF; END $$"
    )
}

/// What the writer's session sets besides: all that it loads and writes is found by key, whatever the statistics of a new
/// table make the planner believe.
const WRITER_SESSION: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
     SET plan_cache_mode = force_generic_plan; SET jit = off";

/// The database.
pub(super) struct Database {
    pool: Pool,
    /// Of one connection.
    writer: Pool,
    /// Whether an operation has failed after all its attempts, and none has succeeded since.
    is_away: AtomicBool,
}

impl Database {
    /// The database of an address. Nothing is connected yet.
    ///
    /// # Errors
    /// Where it is no address of a database.
    pub(super) fn new(address: &str) -> anyhow::Result<Self> {
        let mut config =
            Config::from_str(address).context("`--database` is no address of a Postgres database")?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(USER_TIMEOUT);
        }
        if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
            config.keepalives_idle(KEEPALIVE_IDLE);
        }
        if config.get_keepalives_interval().is_none() {
            config.keepalives_interval(KEEPALIVE_INTERVAL);
        }
        if config.get_application_name().is_none() {
            config.application_name("confab");
        }
        let session = format!("{SESSION}; {}", share_lock());
        let writer = pool(&config, 1, format!("{session}; {WRITER_SESSION}"))?;
        let shared = pool(&config, POOL_SIZE, session)?;
        Ok(Self { pool: shared, writer, is_away: AtomicBool::new(false) })
    }

    /// A connection of the pool.
    pub(super) async fn client(&self) -> Result<Client, Failure> {
        Ok(self.pool.get().await?)
    }

    /// The writer's connection.
    pub(super) async fn writer(&self) -> Result<Client, Failure> {
        Ok(self.writer.get().await?)
    }

    /// The attempts that an operation gets: while the database is away, one, so that callers are answered at once.
    pub(super) fn attempts(&self) -> Attempts {
        if self.is_away.load(Ordering::Relaxed) { Attempts::while_away() } else { Attempts::new() }
    }

    /// Notes that an operation succeeded.
    pub(super) fn is_back(&self) {
        if self.is_away.swap(false, Ordering::Relaxed) {
            tracing::info!("the database is back");
        }
    }

    /// Notes why an operation failed after all its attempts.
    pub(super) fn failed(&self, failure: &Failure) {
        if failure.is_lost() && !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%failure, "the database is away: it is tried again with every request");
        }
    }

    /// Closes all connections.
    pub(super) fn close(&self) {
        self.pool.close();
        self.writer.close();
    }
}

/// A pool of connections, and what sets up their sessions.
fn pool(config: &Config, size: usize, session: String) -> anyhow::Result<Pool> {
    let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_connect(config.clone(), Connector { session }, manager))
        .max_size(size)
        .wait_timeout(Some(USER_TIMEOUT))
        .create_timeout(Some(USER_TIMEOUT))
        .runtime(Runtime::Tokio1)
        .build()
        .context("failed to make the pool of connections")
}

/// Makes connections whose sessions are set up.
struct Connector {
    session: String,
}

impl Connect for Connector {
    fn connect(
        &self,
        config: &Config,
    ) -> BoxFuture<'_, Result<(tokio_postgres::Client, JoinHandle<()>), tokio_postgres::Error>> {
        let (config, session) = (config.clone(), self.session.clone());
        Box::pin(async move {
            let (client, connection) = config.connect(NoTls).await?;
            let task = tokio::spawn(async move {
                // Who uses the connection gets the error, too.
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection to the database ended");
                }
            });
            client.batch_execute(&session).await?;
            Ok((client, task))
        })
    }
}

/// Checks that a database can keep what it is given.
///
/// # Errors
/// Where its encoding is not UTF-8.
pub(super) async fn check_server(client: &impl GenericClient) -> anyhow::Result<()> {
    let row = client
        .query_one("SELECT current_setting('server_encoding'), current_setting('fsync')", &[])
        .await
        .context("failed to ask the database for its settings")?;
    let (encoding, fsync): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
    if encoding != "UTF8" {
        bail!("the database has the encoding {encoding}: create it with the encoding UTF8");
    }
    if fsync == "off" {
        tracing::warn!("the database has fsync off: a power cut loses what was acknowledged");
    }
    Ok(())
}

/// The rows of a statement.
pub(super) async fn query(
    client: &impl GenericClient,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Failure> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query(&statement, parameters).await?)
}

/// The row of a statement that has one at most.
pub(super) async fn query_opt(
    client: &impl GenericClient,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<Option<Row>, Failure> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.query_opt(&statement, parameters).await?)
}

/// Executes a statement, and answers how many rows it concerned.
pub(super) async fn execute(
    client: &impl GenericClient,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<u64, Failure> {
    let statement = client.prepare_cached(sql).await?;
    Ok(client.execute(&statement, parameters).await?)
}

/// A transaction whose reads all see the database at one time. It has nothing to commit: dropped, it ends without being
/// waited for.
pub(super) async fn snapshot(client: &mut Client) -> Result<Transaction<'_>, Failure> {
    let transaction = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    Ok(transaction.read_only(true).start().await?)
}

/// Commits a transaction that must not be tried again where the answer is lost.
pub(super) async fn commit(transaction: Transaction<'_>) -> Result<(), Failure> {
    transaction.commit().await.map_err(|error| match Failure::from(error) {
        Failure::Database(error) if Failure::is_lost_error(&error) => Failure::InDoubt(error),
        failure => failure,
    })
}

/// A transaction that writes.
pub(super) async fn transaction(client: &mut Client) -> Result<Transaction<'_>, Failure> {
    Ok(client.transaction().await?)
}
