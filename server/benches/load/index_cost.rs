//! What the search index costs those who write: `relay` and `acked`, with it and without it, in turns.

use crate::{
    Plan, relay,
    report::{Better, Claim, Report},
    server::Contender,
    tally::{Run, median},
    writers,
};

const CONTENDERS: [Contender; 2] = [Contender::Confab, Contender::WithoutIndex];

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("index-cost", "relay and acked, with the search index and without it");
    let mut relays = CONTENDERS.map(|_| Vec::new());
    let mut writes = CONTENDERS.map(|_| Vec::new());
    for round in 0..plan.rounds {
        for (contender, (relays, writes)) in CONTENDERS.into_iter().zip(relays.iter_mut().zip(&mut writes)) {
            relays.extend(relay::measure(plan, contender, round).await?);
            let Some(server) = contender.start()? else { anyhow::bail!("no Confab") };
            writes.push(writers::measure(&[&server], round, plan.time(), || Ok(())).await?.0);
        }
    }
    for (contender, (relays, writes)) in CONTENDERS.into_iter().zip(relays.iter().zip(&writes)) {
        report.runs(&format!("relay, {}", contender.name()), "messages", relays)?;
        report.runs(&format!("acked, {}", contender.name()), "acks", writes)?;
    }
    let each = |runs: &Vec<Run>| median(runs.iter().map(Run::each)).ok();
    let rate = |runs: &Vec<Run>| median(runs.iter().map(Run::rate)).ok();
    let ratio =
        |with: Option<f64>, without: Option<f64>| with.zip(without).map(|(with, without)| with / without);
    let [relay_with, relay_without] = relays.each_ref().map(each);
    let [acked_with, acked_without] = writes.each_ref().map(rate);
    for (what, seen) in [
        ("relay: server time per message with the index, of that without", ratio(relay_with, relay_without)),
        ("acked: messages per second without the index, of those with it", ratio(acked_without, acked_with)),
    ] {
        report.claim(Claim {
            what: what.into(),
            seen,
            must: 1.1,
            goal: 1.05,
            better: Better::Lower,
            unit: "x",
        });
    }
    Ok(())
}
