//! What Confab claims, measured: the real executable, bound to one processor, beside two servers that store nothing,
//! under the load of this program, which is bound to another. See docs/performance.md.
//!
//! `cargo bench -p confab --bench load -- [SCENARIO...] [--rounds N] [--seconds N]`, Linux only.
//!
//! To add a scenario: a module with `run`, a variant of [`Scenario`], a row in docs/performance.md.

mod acked;
mod beside_rows;
mod big_postgres;
mod big_store;
mod changes;
mod chat;
mod cluster;
mod corpus;
mod disk;
mod fanout;
mod frames;
mod hidden;
mod http;
mod idle;
mod index_cost;
mod latency;
mod machine;
#[path = "../../src/realtime/bus/nats/test_server.rs"]
#[allow(clippy::expect_used, reason = "shared with the tests")]
mod nats;
mod node_to_node;
mod pace;
mod people;
mod postgres;
mod posting;
mod reconnect;
mod relay;
mod report;
mod results;
mod search;
mod sends;
mod server;
mod sign_ins;
mod socket;
mod stores;
mod tally;
mod thumbnails;
mod uploads;
mod writers;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, ValueEnum};
use tokio::{runtime, task::LocalSet};

use self::report::Report;

/// What can be measured.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Scenario {
    /// The demo's dialect between pairs, beside the Go relay
    Relay,
    /// A group of 1,000, beside both peers and the bare machine
    Fanout,
    /// The same group beside the bare machine alone
    Sends,
    /// Messages on disk and acknowledged, beside SQLite itself
    Acked,
    /// The same on Postgres, beside pgbench
    Postgres,
    /// Two nodes of a cluster, beside one server
    Cluster,
    /// From one node to another, beside NATS alone
    NodeToNode,
    /// Many who say nothing
    Idle,
    /// One pair, beside the disk
    Latency,
    /// Posts to a group of 1,000 at half of the most
    Posting,
    /// Edits and reactions to a group of 1,000, beside posts
    Changes,
    /// Many who come back after the server was killed
    Reconnect,
    /// Few messages and many
    BigStore,
    /// Few messages and many on Postgres
    BigPostgres,
    /// Searches of few messages and many
    Search,
    /// What the search index costs relay and acked
    IndexCost,
    /// People who chat while somebody hammers on the door
    SignIns,
    /// What one may not see, beside what does not exist
    Hidden,
    /// Pictures made ready to be shown, beside decoding them
    Thumbnails,
    /// People who post while others upload files, beside the disk
    Uploads,
}

/// Measures what Confab claims.
#[derive(Debug, Parser)]
struct Plan {
    /// What to measure [default: all]
    scenarios: Vec<Scenario>,

    /// How often each contender is measured, in turns
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// For how long each time
    #[arg(long, default_value_t = 4)]
    seconds: u64,

    /// How many connections there are where there are many
    #[arg(long, default_value_t = 15_000)]
    connections: usize,

    /// How many messages the stores have; the first is what the others are held beside
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 1_000_000, 10_000_000])]
    stores: Vec<usize>,

    /// The file of the figures that `make charts` draws; those of what is not measured stay in it
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,

    /// Another build of Confab to measure, which knows the same flags
    #[arg(long, value_name = "PATH")]
    server: Option<PathBuf>,

    /// cargo says so to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Plan {
    fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let plan = Plan::parse();
    if let Some(path) = &plan.server {
        server::use_executable(path);
    }
    machine::pin(machine::GENERATOR)
        .map_err(|error| anyhow::anyhow!("two processors are needed, one is the server's: {error}"))?;
    machine::raise_file_limit()?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let mut report = Report::default();
    let all = Scenario::value_variants();
    let chosen = if plan.scenarios.is_empty() { all } else { &plan.scenarios };
    report.note(&machine::name());
    for scenario in chosen {
        // The one is a part of the other.
        if matches!(scenario, Scenario::Sends)
            && chosen.iter().any(|chosen| matches!(chosen, Scenario::Fanout))
        {
            continue;
        }
        let local = LocalSet::new();
        let run = local.run_until(async {
            match scenario {
                Scenario::Relay => relay::run(&plan, &mut report).await,
                Scenario::Fanout => fanout::run(&plan, &mut report).await,
                Scenario::Sends => fanout::run_beside_sends(&plan, &mut report).await,
                Scenario::Acked => acked::run(&plan, &mut report).await,
                Scenario::Postgres => postgres::run(&plan, &mut report).await,
                Scenario::Cluster => cluster::run(&plan, &mut report).await,
                Scenario::NodeToNode => node_to_node::run(&plan, &mut report).await,
                Scenario::Idle => idle::run(&plan, &mut report).await,
                Scenario::Latency => latency::run(&plan, &mut report).await,
                Scenario::Posting => posting::run(&plan, &mut report).await,
                Scenario::Changes => changes::run(&plan, &mut report).await,
                Scenario::Reconnect => reconnect::run(&plan, &mut report).await,
                Scenario::BigStore => big_store::run(&plan, &mut report).await,
                Scenario::BigPostgres => big_postgres::run(&plan, &mut report).await,
                Scenario::Search => search::run(&plan, &mut report).await,
                Scenario::IndexCost => index_cost::run(&plan, &mut report).await,
                Scenario::SignIns => sign_ins::run(&plan, &mut report).await,
                Scenario::Hidden => hidden::run(&plan, &mut report).await,
                Scenario::Thumbnails => thumbnails::run(&plan, &mut report).await,
                Scenario::Uploads => uploads::run(&plan, &mut report).await,
            }
        });
        if let Err(error) = runtime.block_on(run) {
            report.failed(&format!("{scenario:?}"), &error);
        }
    }
    if let Some(path) = &plan.results {
        report.write_figures(path)?;
    }
    Ok(if report.end() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
