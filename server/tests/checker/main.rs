//! Tests the delivery contract in the manner of Jepsen: many tabs talk through a network that fails, to a server that is
//! killed and restarted. Everything that they sent and received is recorded, and at the end a pure function compares that
//! with the logs. See docs/testing.md.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cast;
mod command;
mod dice;
mod finale;
mod history;
mod nemesis;
mod office;
mod proxy;
mod report;
mod settings;
mod tab;
mod tally;
mod trial;
mod verify;

/// What the tests in `it` are written in, as far as it serves here.
#[path = "../it/support"]
#[allow(dead_code, reason = "not all of it does")]
mod support {
    pub mod client;
    pub mod person;
    pub mod server;

    use std::{future::Future, time::Duration};

    use confab_shared::id::ClientId;

    pub use self::{client::Socket, person::Person, server::Server};

    /// Longer than in `it`: the machine is busy by design.
    pub const PATIENCE: Duration = Duration::from_secs(30);

    pub async fn in_time<T>(what: &str, wait: impl Future<Output = T>) -> T {
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(value) => value,
            Err(_) => panic!("{what}: it did not come within {PATIENCE:?}"),
        }
    }

    pub fn client_id() -> ClientId {
        unreachable!("every command of a trial is called after its tab")
    }

    pub fn http() -> reqwest::Client {
        reqwest::Client::builder().no_proxy().build().expect("a client for HTTP can be made")
    }
}

use std::{sync::Arc, time::Instant};

use confab_postgres_fixture::PostgresServer;
use tokio::sync::watch;

use self::{
    cast::Cast, office::Office, proxy::Weather, report::Report, settings::Settings, support::Server,
    tally::Tally, verify::Verdict,
};

/// One trial, from the first start of the server to the verdict; with a Postgres database, where one is given.
async fn trial(settings: Settings, postgres: Option<PostgresServer>) {
    let seed = settings.seed;
    println!("checker: CONFAB_SEED={seed} gives the same choices again (the times are the machine's)");
    let began = Instant::now();
    let setup = Server::with();
    let mut server = match &postgres {
        Some(postgres) => setup.variable("CONFAB_DATABASE", &postgres.database()).start().await,
        None => setup.start().await,
    };
    let mut cast = Cast::assemble(&server, &settings).await;
    let office = Office::open(&server, seed).await;
    let (calm, weather) = watch::channel(false);
    let office = tokio::spawn(office.work(weather.clone()));
    let weather = Weather { seed, tally: Arc::<Tally>::default(), calm: weather };
    let company = cast.begin(settings, &weather, &server).await;
    let reporting = tokio::spawn(report::progress(Arc::clone(&company.trial), began));
    nemesis::rage(&mut server, postgres.as_ref(), &company.trial).await;
    calm.send_replace(true);
    let talked = began.elapsed();
    let office = office.await.expect("the office does not panic");
    let ends = finale::rest(&mut cast, &company).await;
    reporting.abort();
    let verdict = finale::judge(&cast.history, &ends, &cast.conversations, &cast.people).await;
    let report = Report { company: &company, cast: &cast, verdict: &verdict, talked, took: began.elapsed() };
    println!("{report}");
    let Verdict { violations, total, .. } = &verdict;
    assert!(*total == 0, "CONFAB_SEED={seed}: {total} violations:\n{}", report::first(violations));
    let Office { answered, lost, violations, .. } = &office;
    println!("checker: {answered} requests about accounts were answered, {lost} were not");
    assert!(violations.is_empty(), "CONFAB_SEED={seed}: accounts: {violations:#?}");
    assert!(*answered > 50 && *lost > 0, "the trial was worth it: {answered} answered, {lost} lost");
    company.was_worth_it();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_while_the_server_dies_and_the_network_breaks() {
    trial(Settings::short(), None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_on_postgres_while_that_dies_too() {
    if let Some(postgres) = PostgresServer::start() {
        trial(Settings::short(), Some(postgres)).await;
    }
}

/// `make soak`: as large as `CONFAB_SOAK_KILLS` and `CONFAB_SOAK_MESSAGES` say, on Postgres where `CONFAB_SOAK_DATABASE` is
/// `postgres`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes long: make soak"]
async fn soak() {
    let on_postgres = std::env::var("CONFAB_SOAK_DATABASE").is_ok_and(|database| database == "postgres");
    let postgres = on_postgres.then(|| PostgresServer::start().expect("Postgres is installed"));
    trial(Settings::soak(), postgres).await;
}
