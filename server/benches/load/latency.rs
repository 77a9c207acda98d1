//! One person writes to another, nobody else does anything: how long from the one's socket to the other's, in units of
//! what the same disk takes to make 4 KiB last. The message is on the disk before it is told.

use std::time::{Duration, Instant};

use confab_shared::api::{ConversationView, NewConversation};
use hdrhistogram::Histogram;

use crate::{
    Plan,
    disk::Disk,
    http::Http,
    people,
    report::{Better, Claim, Report},
    results::Role,
    server::{Contender, data_folder},
    tally::{histogram, median},
};

/// How many messages are sent before any counts.
const WARM_UP: usize = 50;

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("latency", "one pair, one message under way, after each an append of 4 KiB with fdatasync");
    let (mut ratios, mut all) = (Vec::new(), [histogram()?, histogram()?]);
    for round in 0..plan.rounds {
        let [message, disk] = measure(round, plan.time()).await?;
        ratios.push(message.value_at_quantile(0.5) as f64 / disk.value_at_quantile(0.5) as f64);
        all[0].add(&message)?;
        all[1].add(&disk)?;
    }
    for (who, histogram) in ["from socket to socket", "the disk"].into_iter().zip(&all) {
        report.quantiles(who, histogram);
    }
    let p50 = |index: usize| Some(all[index].value_at_quantile(0.5) as f64 / 1e6);
    report.figure(
        "latency",
        "ms",
        &[("Confab", Role::Confab, p50(0)), ("fdatasync alone", Role::Machine, p50(1))],
    );
    report.claim(Claim {
        what: "latency: p50 from socket to socket, of the disk's fdatasync".into(),
        seen: Some(median(ratios)?),
        must: 2.5,
        goal: 1.5,
        better: Better::Lower,
        unit: "x",
    });
    Ok(())
}

/// One round: of messages, and of the disk in between.
async fn measure(round: usize, time: Duration) -> anyhow::Result<[Histogram<u64>; 2]> {
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    let people = people::sign_in(server.address, &format!("l{round}"), 2).await?;
    let mut http = Http::connect(server.address).await?.with_token(&people[0].token);
    let direct = NewConversation::Direct { user: people[1].name.clone() };
    let ConversationView { conversation, .. } = http.post("/api/v1/conversations", &direct).await?;
    let [mut from, mut to]: [_; 2] = people::connect(server.address, &people)
        .await?
        .try_into()
        .map_err(|_| anyhow::anyhow!("two people"))?;

    // On the same disk, and not in the same file: in a folder beside the server's.
    let folder = data_folder()?;
    let mut disk = Disk::new(folder.path())?;
    let mut histograms = [histogram()?, histogram()?];
    let mut begun = Instant::now();
    let mut number = 0;
    while begun.elapsed() < time {
        let text = format!("the message of number {number}");
        let frame = people::post(conversation.id, &text)?;
        let sent = Instant::now();
        from.sender.send(&frame);
        // Presence may come in between.
        while !to.next().await?.contains(&text) {}
        let latencies = [sent.elapsed(), disk.append()?];
        while !from.next().await?.starts_with(r#"{"type":"ack""#) {}
        number += 1;
        if number == WARM_UP {
            begun = Instant::now();
        } else if number > WARM_UP {
            for (histogram, latency) in histograms.iter_mut().zip(latencies) {
                histogram.saturating_record(u64::try_from(latency.as_nanos())?);
            }
        }
    }
    Ok(histograms)
}
