//! How many messages a second are in Postgres and acknowledged, beside what pgbench inserts in transactions of the size that
//! the server's had. Postgres runs on all processors, since it has more than one process; Confab and pgbench run on one
//! each.

use std::{fs, time::Duration};

use anyhow::Context;
use confab_postgres_fixture::PostgresServer;

use crate::{
    Plan,
    beside_rows::BesideRows,
    machine,
    report::Report,
    server::{Server, data_folder},
    tally::{Run, median},
    writers::{self, GROUPS, LENGTH},
};

/// What pgbench inserts into: an event's columns, with the same keys and the same index. Ids grow, as those of clients do.
const SCHEMA: &str = "CREATE SEQUENCE number; CREATE TABLE raw_event (conversation bigint NOT NULL, seq bigint NOT NULL, \
     at bigint NOT NULL, by bigint NOT NULL, client_id uuid, kind text NOT NULL, target bigint, ordinal bigint NOT NULL, \
     body json NOT NULL, legacy text, transaction bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint, \
     PRIMARY KEY (conversation, seq), UNIQUE (client_id, by)); \
     CREATE INDEX ON raw_event USING brin (transaction) WITH (pages_per_range = 32, autosummarize = on)";

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("postgres", "the writers of `acked` on Postgres, beside pgbench");
    let postgres = start()?;
    let mut rounds = BesideRows::new("postgres", ["pgbench", "pgbench, bare rows"]);
    let mut database_time = Vec::new();
    for round in 0..plan.rounds {
        let database = postgres.database();
        let server = Server::confab_on_postgres(&database)?;
        let (run, [before, after]) =
            writers::measure(&[&server], round, plan.time(), || Usage::of(&postgres, &database)).await?;
        drop(server);
        let usage = after.since(&before);
        database_time.push(usage.each(&run));
        rounds.add(run, usage.transactions, |batch| raw(&postgres, batch, plan.time()))?;
    }
    rounds.report(report)?;
    report.note(&format!(
        "Postgres itself: {:.2} us of its processes for each message",
        median(database_time)?
    ));
    Ok(())
}

/// Starts Postgres on all processors.
pub fn start() -> anyhow::Result<PostgresServer> {
    machine::unpin()?;
    let postgres = PostgresServer::start();
    machine::pin(machine::GENERATOR)?;
    postgres.context("Postgres is not installed")
}

/// What a database has done so far.
pub struct Usage {
    /// Those of the nodes' writers.
    pub transactions: u64,
    /// The processor time of Postgres's processes.
    pub time: Duration,
}

impl Usage {
    pub fn of(postgres: &PostgresServer, database: &str) -> anyhow::Result<Self> {
        let time = machine::time_of_children("postgres")?;
        // Each batch of a node has a number.
        let batches = postgres.sql(database_name(database)?, "SELECT coalesce(sum(batch), 0) FROM node");
        Ok(Self { transactions: batches.parse()?, time })
    }

    pub fn since(&self, before: &Self) -> Self {
        let transactions = self.transactions.saturating_sub(before.transactions);
        Self { transactions, time: self.time.saturating_sub(before.time) }
    }

    /// The time for each message of a run, in microseconds.
    pub fn each(&self, run: &Run) -> f64 {
        self.time.as_secs_f64() * 1e6 / run.done as f64
    }
}

/// How many rows pgbench inserts in a second, in transactions of this many.
fn raw(postgres: &PostgresServer, batch: usize, time: Duration) -> anyhow::Result<f64> {
    let database = postgres.database();
    let name = database_name(&database)?;
    postgres.sql(name, SCHEMA);
    let folder = data_folder()?;
    let script = folder.path().join("insert.sql");
    let text = "x".repeat(LENGTH);
    fs::write(
        &script,
        format!(
            "INSERT INTO raw_event (conversation, seq, at, by, client_id, kind, ordinal, body) \
             SELECT n % {GROUPS}, n, 1795474492357 + n, n % 256, lpad(to_hex(n), 32, '0')::uuid, \
             'posted', n, json_build_object('kind', 'posted', 'text', '{text}', 'ordinal', n) \
             FROM (SELECT nextval('number') AS n FROM generate_series(1, {batch})) rows;\n"
        ),
    )?;
    let seconds = time.as_secs().max(1).to_string();
    let mut command = postgres.program("pgbench");
    command.args(["-n", "-c", "1", "-M", "prepared", "-U", "postgres", "-T", &seconds]);
    // Read by this process: the folder is only its user's.
    command.args(["-f", "/dev/stdin", name]);
    let output = command.stdin(fs::File::open(&script)?).output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let rate =
        printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
    let rate = rate.with_context(|| format!("{printed}{}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(rate * batch as f64)
}

/// The name in an address of a database.
pub fn database_name(address: &str) -> anyhow::Result<&str> {
    address.split(['/', '?']).nth(3).with_context(|| format!("{address} names no database"))
}
