//! How many messages a second are in Postgres and acknowledged, beside what pgbench inserts in transactions of the size that
//! the server's had. Postgres runs on all processors, since it has more than one process; Confab and pgbench run on one
//! each.

use std::{fs, time::Duration};

use anyhow::Context;
use confab_postgres_fixture::PostgresServer;

use crate::{
    Plan, acked, machine,
    report::{Better, Claim, Report},
    server::{Server, data_folder},
    tally::{Run, median},
};

/// What pgbench inserts into: what Confab keeps of an event, with the same keys. Ids grow, as those of clients do.
const SCHEMA: &str = "CREATE SEQUENCE number; CREATE TABLE raw_event (conversation bigint, seq bigint, at bigint, by bigint, \
     client_id uuid, kind text, ordinal bigint, body json, PRIMARY KEY (conversation, seq), UNIQUE (client_id, by))";

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("postgres", "the writers of `acked` on Postgres, beside pgbench");
    let postgres = start()?.context("Postgres is not installed")?;
    let (mut runs, mut raws, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let (run, batch) = confab(&postgres, round, plan.time()).await?;
        raws.push(raw(&postgres, (batch.round() as usize).max(1), plan.time())?);
        runs.push(run);
        batches.push(batch);
    }
    report.runs("Confab", "acks", &runs)?;
    report.note(&format!(
        "pgbench: {:.0} rows/s in transactions of {:.0} rows, as many as Confab's had",
        median(raws.iter().copied())?,
        median(batches)?,
    ));
    report.claim(Claim {
        what: "postgres: messages per second, of the rows that pgbench inserts".into(),
        seen: Some(median(runs.iter().zip(&raws).map(|(run, raw)| run.rate() / raw))?),
        must: 0.5,
        goal: 0.8,
        better: Better::Higher,
        unit: "x",
    });
    Ok(())
}

/// Starts Postgres on all processors.
fn start() -> anyhow::Result<Option<PostgresServer>> {
    machine::unpin()?;
    let postgres = PostgresServer::start();
    machine::pin(machine::GENERATOR)?;
    Ok(postgres)
}

/// One round of Confab's, and how many messages its transactions had on average.
async fn confab(postgres: &PostgresServer, round: usize, time: Duration) -> anyhow::Result<(Run, f64)> {
    let database = postgres.database();
    let name = database_name(&database)?;
    let server = Server::confab_on_postgres(&database)?;
    // Each batch has a number.
    let batches = || Ok(postgres.sql(name, "SELECT max(batch) FROM node").parse()?);
    acked::measure(&server, round, time, batches).await
}

/// How many rows pgbench inserts in a second, in transactions of this many.
fn raw(postgres: &PostgresServer, batch: usize, time: Duration) -> anyhow::Result<f64> {
    let database = postgres.database();
    let name = database_name(&database)?;
    postgres.sql(name, SCHEMA);
    let folder = data_folder()?;
    let script = folder.path().join("insert.sql");
    let (groups, text) = (acked::GROUPS, "x".repeat(acked::LENGTH));
    fs::write(
        &script,
        format!(
            "INSERT INTO raw_event SELECT n % {groups}, n, 1795474492357 + n, n % 256, lpad(to_hex(n), 32, '0')::uuid, \
             'posted', n, json_build_object('kind', 'posted', 'text', '{text}', 'ordinal', n) \
             FROM (SELECT nextval('number') AS n FROM generate_series(1, {batch})) rows;\n"
        ),
    )?;
    let seconds = time.as_secs().max(1).to_string();
    // Read by this process: the folder is only its user's.
    let mut command = postgres.program("pgbench");
    command.args([
        "-n",
        "-c",
        "1",
        "-M",
        "prepared",
        "-U",
        "postgres",
        "-T",
        &seconds,
        "-f",
        "/dev/stdin",
        name,
    ]);
    let output = command.stdin(fs::File::open(&script)?).output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let rate =
        printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
    let rate = rate.with_context(|| format!("{printed}{}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(rate * batch as f64)
}

/// The name in an address of a database.
fn database_name(address: &str) -> anyhow::Result<&str> {
    address.split(['/', '?']).nth(3).with_context(|| format!("{address} names no database"))
}
