//! Somebody on one node writes to a group of two others, one on the same node and one on another, and nobody else does
//! anything: how long until each is delivered it. Between the two is the bus, which is held beside a message of the same
//! size that is published on the same NATS server and received over another connection.

use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use confab_postgres_fixture::PostgresServer;
use futures_util::StreamExt;
use hdrhistogram::Histogram;

use crate::{
    Plan, cluster,
    nats::NatsServer,
    pace, people, postgres,
    report::{Better, Claim, Report},
    results::Role,
    socket::Receiver,
    tally::{histogram, median},
};

/// How many messages a second there are.
const PER_SECOND: f64 = 50.0;

/// How many are sent before any counts.
const WARM_UP: usize = 25;

/// The size of what is published, in bytes: as an event's frame on the bus.
const LENGTH: usize = 400;

/// What is measured, in this order.
const WHAT: [&str; 4] = ["to the same node", "to another node", "of that, the bus", "NATS alone"];

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title(
        "node-to-node",
        "50 messages a second from one node to another, beside a publish on the same NATS server",
    );
    let (postgres, bus) = (postgres::start()?, cluster::start_bus()?);
    let mut all = [histogram()?, histogram()?, histogram()?, histogram()?];
    let mut ratios = [Vec::new(), Vec::new()];
    for round in 0..plan.rounds {
        let seen = measure(&postgres, &bus, round, plan.time()).await?;
        for (ratios, quantile) in ratios.iter_mut().zip([0.5, 0.99]) {
            let [_, _, between, alone] = seen.each_ref().map(|seen| seen.value_at_quantile(quantile) as f64);
            ratios.push(between / alone);
        }
        for (all, seen) in all.iter_mut().zip(seen) {
            all.add(&seen)?;
        }
    }
    for (what, histogram) in WHAT.into_iter().zip(&all) {
        report.quantiles(what, histogram);
    }
    let p50 = |index: usize| Some(all[index].value_at_quantile(0.5) as f64 / 1e6);
    report.figure(
        "node-to-node",
        "ms",
        &[
            ("to the same node", Role::Confab, p50(0)),
            ("to another node", Role::Confab, p50(1)),
            ("of that, the bus", Role::Confab, p50(2)),
            ("NATS alone", Role::Machine, p50(3)),
        ],
    );
    for (quantile, ratios) in ["p50", "p99"].into_iter().zip(ratios) {
        report.claim(Claim {
            what: format!("node-to-node: {quantile} of what another node takes longer, of NATS alone"),
            seen: Some(median(ratios)?),
            must: 3.0,
            goal: 2.0,
            better: Better::Lower,
            unit: "x",
        });
    }
    Ok(())
}

/// One round, in the order of [`WHAT`].
async fn measure(
    postgres: &PostgresServer,
    bus: &NatsServer,
    round: usize,
    time: Duration,
) -> anyhow::Result<[Histogram<u64>; 4]> {
    let [here, there] = cluster::nodes(&postgres.database(), bus)?;
    let people = people::sign_in(here.address, &format!("n{round}"), 3).await?;
    let group = people::group(here.address, "Three", &people.iter().collect::<Vec<_>>()).await?;
    let mut from = people::come(here.address, 0, &people[0]).await?;
    let mut beside = people::come(here.address, 1, &people[1]).await?;
    let mut away = people::come(there.address, 2, &people[2]).await?;
    let publisher = async_nats::connect(bus.url()).await?;
    let mut received = async_nats::connect(bus.url()).await?.subscribe("alone").await?;
    let payload = Bytes::from(vec![b'x'; LENGTH]);

    let mut histograms = [histogram()?, histogram()?, histogram()?, histogram()?];
    let mut moments = pace::moments(PER_SECOND, time);
    let mut number = 0;
    while moments.recv().await.is_some() {
        let text = format!("the message of number {number}.");
        let frame = people::post(group, &text)?;
        let sent = Instant::now();
        from.sender.send(&frame);
        let ((), near, far) =
            tokio::try_join!(acked(&mut from), delivered(&mut beside, &text), delivered(&mut away, &text))?;
        let published = Instant::now();
        publisher.publish("alone", payload.clone()).await?;
        received.next().await.context("the subscription ended")?;
        let alone = published.elapsed();
        number += 1;
        if number > WARM_UP {
            let seen = [near - sent, far - sent, far.saturating_duration_since(near), alone];
            for (histogram, latency) in histograms.iter_mut().zip(seen) {
                histogram.saturating_record(u64::try_from(latency.as_nanos())?);
            }
        }
    }
    anyhow::ensure!(number > WARM_UP, "the time is too short");
    Ok(histograms)
}

/// Waits for the ack.
async fn acked(writer: &mut Receiver) -> anyhow::Result<()> {
    while !writer.next().await?.starts_with(r#"{"type":"ack""#) {}
    Ok(())
}

/// When a message is delivered; other frames may come in between.
async fn delivered(reader: &mut Receiver, text: &str) -> anyhow::Result<Instant> {
    while !reader.next().await?.contains(text) {}
    Ok(Instant::now())
}
