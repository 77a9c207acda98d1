//! Tests the delivery contract in the manner of Jepsen: many tabs talk through a network that fails, to a server that is
//! killed and restarted. Everything that they sent and received is recorded, and at the end a pure function compares that
//! with the logs. See docs/testing.md.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cast;
mod command;
mod desk;
mod finale;
mod history;
mod line;
mod linkers;
mod nemesis;
mod proxy;
mod report;
mod settings;
mod site;
mod tab;
mod tally;
mod trial;
mod verify;

/// What the tests in `it` are written in, as far as it serves here.
#[path = "../it/support"]
#[allow(dead_code, reason = "not all of it does")]
mod support {
    pub mod client;
    pub mod couriers;
    pub mod dice;
    #[path = "../../../src/realtime/bus/nats/test_server.rs"]
    pub mod nats;
    pub mod office;
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
        confab::crypto_provider::install();
        reqwest::Client::builder().no_proxy().build().expect("a client for HTTP can be made")
    }
}

use std::{env, sync::Arc, time::Instant};

use confab_postgres_fixture::PostgresServer;
use tokio::sync::watch;

use self::{
    cast::Cast,
    desk::Desk,
    linkers::{Linkers, Links},
    proxy::Weather,
    report::Report,
    settings::Settings,
    site::Site,
    support::{
        Server,
        couriers::{Couriers, Deliveries},
        office::Office,
    },
    tally::Tally,
    verify::Verdict,
};

/// One trial, from the first command to the verdict.
async fn trial(settings: Settings, mut site: Site) {
    let seed = settings.seed;
    println!("checker: CONFAB_SEED={seed} gives the same choices again (the times are the machine's)");
    let began = Instant::now();
    let mut cast = Cast::assemble(&site, &settings).await;
    let nodes: Vec<&Server> = site.nodes.iter().collect();
    let office = Office::open(&nodes, seed).await;
    let desk = Desk::open(&nodes, seed).await;
    let (calm, weather) = watch::channel(false);
    let couriers = Couriers::open(&nodes, seed).await;
    let linkers = Linkers::open(&nodes, seed).await;
    let office = tokio::spawn(office.work(weather.clone()));
    let desk = tokio::spawn(desk.work(weather.clone()));
    let couriers = tokio::spawn(couriers.work(weather.clone()));
    let linkers = tokio::spawn(linkers.work(weather.clone()));
    let weather = Weather { seed, tally: Arc::<Tally>::default(), calm: weather };
    let company = cast.begin(settings, &weather, &site).await;
    let reporting = tokio::spawn(report::progress(Arc::clone(&company.trial), began));
    nemesis::rage(&mut site, &company.trial).await;
    calm.send_replace(true);
    let talked = began.elapsed();
    let office = office.await.expect("the office does not panic");
    let desk = desk.await.expect("the desk does not panic");
    let couriers = couriers.await.expect("the couriers do not panic");
    let linkers = linkers.await.expect("the linkers do not panic");
    let ends = finale::rest(&mut cast, &company, &site).await;
    reporting.abort();
    let links = linkers.check().await;
    let deliveries = couriers.check(Some(&site.blobs())).await;
    let verdict = finale::judge(&cast.history, &ends, &cast.conversations, (&cast.people, &site)).await;
    let report = Report {
        company: &company,
        cast: &cast,
        site: &site,
        verdict: &verdict,
        talked,
        took: began.elapsed(),
    };
    println!("{report}");
    let Verdict { violations, total, .. } = &verdict;
    assert!(*total == 0, "CONFAB_SEED={seed}: {total} violations:\n{}", report::first(violations));
    let Office { answered, lost, violations, .. } = &office;
    println!("checker: {answered} requests about accounts were answered, {lost} were not");
    assert!(violations.is_empty(), "CONFAB_SEED={seed}: accounts: {violations:#?}");
    assert!(*answered > 25 && *lost > 0, "the trial was worth it: {answered} answered, {lost} lost");
    let Desk { answered, lost, violations, .. } = &desk;
    println!("checker: {answered} requests about drafts and saved messages were answered, {lost} were not");
    assert!(violations.is_empty(), "CONFAB_SEED={seed}: drafts and saved messages: {violations:#?}");
    assert!(*answered > 25, "the trial was worth it: {answered} answered");
    assert!(verdict.to_online > 0, "nobody wrote to those who were online");
    let Deliveries { sent, lost, violations } = &deliveries;
    println!("checker: {sent} files were sent, {lost} requests about files were not answered");
    assert!(violations.is_empty(), "CONFAB_SEED={seed}: files: {violations:#?}");
    assert!(*sent > 20 && *lost > 0, "the trial was worth it: {sent} files, {lost} lost");
    let Links { posted, shown, removed, violations } = &links;
    println!("checker: {posted} messages with links were posted, {shown} previews shown, {removed} removed");
    assert!(violations.is_empty(), "CONFAB_SEED={seed}: previews of links: {violations:#?}");
    assert!(*shown > 20 && *removed > 5, "the trial was worth it: {shown} shown, {removed} removed");
    company.was_worth_it(&site);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_while_the_server_dies_and_the_network_breaks() {
    trial(Settings::short(), Site::of_one(None).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_on_postgres_while_that_dies_too() {
    if let Some(postgres) = PostgresServer::start() {
        trial(Settings::short(), Site::of_one(Some(postgres)).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract_holds_over_two_nodes_while_nodes_bus_and_database_die() {
    if let Some(site) = Site::cluster().await {
        trial(Settings::short_cluster(), site).await;
    }
}

/// `make soak`: as large as `CONFAB_SOAK_KILLS` and `CONFAB_SOAK_MESSAGES` say; on Postgres where `CONFAB_SOAK_DATABASE` is
/// `postgres`, and over two nodes where `CONFAB_SOAK_NODES` is 2.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes long: make soak"]
async fn soak() {
    let is = |name: &str, wanted: &str| env::var(name).is_ok_and(|value| value == wanted);
    let site = match is("CONFAB_SOAK_NODES", "2") {
        true => Site::cluster().await.expect("Postgres and nats-server are installed"),
        false => {
            let postgres = is("CONFAB_SOAK_DATABASE", "postgres")
                .then(|| PostgresServer::start().expect("Postgres is installed"));
            Site::of_one(postgres).await
        }
    };
    trial(Settings::soak(), site).await;
}
