//! What a message costs the nodes of a cluster, beside a single server: both on Postgres, with the same writers for each
//! node. Half of every group is connected to either node, so that both lock each conversation and every message crosses the
//! bus.
//!
//! What counts is the processor time of the nodes for each message: the database and the bus are on machines of their own
//! where there are several nodes, and here on the same two processors, which makes the messages a second of no account. They
//! are printed all the same, and so is the time of Postgres and of NATS.

use std::time::Duration;

use anyhow::Context;
use confab_postgres_fixture::PostgresServer;

use crate::{
    Plan, machine,
    nats::NatsServer,
    postgres::{self, Usage},
    report::{Better, Claim, Report},
    results::Role,
    server::Server,
    tally::{Run, median},
    writers,
};

/// The rounds of one number of nodes.
#[derive(Default)]
struct Rounds {
    runs: Vec<Run>,
    /// Processor time of Postgres and of NATS for each message, in microseconds.
    database: Vec<f64>,
    bus: Vec<f64>,
    /// Messages in each transaction.
    batches: Vec<f64>,
}

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title(
        "cluster",
        "two nodes with the writers of `acked` each, half of each group on either; beside one server",
    );
    let (postgres, bus) = (postgres::start()?, start_bus()?);
    let (mut one, mut two) = (Rounds::default(), Rounds::default());
    for round in 0..plan.rounds {
        let database = postgres.database();
        let server = Server::confab_on_postgres(&database)?;
        one.measure(&postgres, &database, &[&server], round, plan.time()).await?;
        drop(server);
        let database = postgres.database();
        let [first, second] = nodes(&database, &bus)?;
        two.measure(&postgres, &database, &[&first, &second], round, plan.time()).await?;
    }
    one.report("one server", report)?;
    two.report("two nodes", report)?;
    let ratios = one.runs.iter().zip(&two.runs);
    let wall = median(ratios.clone().map(|(one, two)| two.rate() / 2.0 / one.rate()))?;
    report.note(&format!(
        "on these processors, with Postgres and NATS: half of two nodes' messages/s is {wall:.2} x one's"
    ));
    let each = |runs: &[Run]| median(runs.iter().map(Run::each)).ok();
    report.figure(
        "cluster",
        "us",
        &[
            ("one server", Role::Confab, each(&one.runs)),
            ("two nodes", Role::Confab, each(&two.runs)),
            ("Postgres, of one", Role::Machine, Some(median(one.database)?)),
            ("Postgres, of two", Role::Machine, Some(median(two.database)?)),
            ("NATS, of two", Role::Machine, Some(median(two.bus)?)),
        ],
    );
    report.claim(Claim {
        what: "cluster: messages per second of two nodes' processor time, of one server's".into(),
        seen: Some(median(ratios.map(|(one, two)| two.per_server_second() / one.per_server_second()))?),
        must: 0.7,
        goal: 0.9,
        better: Better::Higher,
        unit: "x",
    });
    Ok(())
}

/// Starts NATS on all processors.
pub fn start_bus() -> anyhow::Result<NatsServer> {
    machine::unpin()?;
    let bus = NatsServer::start();
    machine::pin(machine::GENERATOR)?;
    bus.context("nats-server is not installed")
}

/// Two nodes, the second on the generator's processor.
pub fn nodes(database: &str, bus: &NatsServer) -> anyhow::Result<[Server; 2]> {
    let node = |processor| Server::node(database, &bus.url(), processor);
    Ok([node(machine::SERVER)?, node(machine::GENERATOR)?])
}

impl Rounds {
    async fn measure(
        &mut self,
        postgres: &PostgresServer,
        database: &str,
        servers: &[&Server],
        round: usize,
        time: Duration,
    ) -> anyhow::Result<()> {
        let look = || anyhow::Ok((machine::time_of_children("nats-server")?, Usage::of(postgres, database)?));
        let (run, [(bus_before, before), (bus_after, after)]) =
            writers::measure(servers, round, time, look).await?;
        let usage = after.since(&before);
        anyhow::ensure!(usage.transactions > 0, "no transaction was written");
        self.database.push(usage.each(&run));
        self.bus.push(bus_after.saturating_sub(bus_before).as_secs_f64() * 1e6 / run.done as f64);
        self.batches.push(run.done as f64 / usage.transactions as f64);
        self.runs.push(run);
        Ok(())
    }

    fn report(&self, who: &str, report: &Report) -> anyhow::Result<()> {
        report.runs(who, "acks", &self.runs)?;
        report.note(&format!(
            "{:<24} for each: Postgres {:.2} us, NATS {:.2} us; {:.0} messages in each transaction",
            "",
            median(self.database.iter().copied())?,
            median(self.bus.iter().copied())?,
            median(self.batches.iter().copied())?,
        ));
        Ok(())
    }
}
