//! How long a post takes to its ack while 1,000 others are told of each, at half of the most that the server does.

use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Context;
use confab_shared::ids::ConversationId;
use hdrhistogram::Histogram;
use tokio::task::JoinSet;

use crate::{
    Plan, fanout, pace, people,
    report::{Better, Claim, Report},
    server::Contender,
    socket::{Receiver, Sender},
    tally::{Run, Tally, histogram, median},
};

/// How many are told of each message, its writer among them.
const MEMBERS: usize = 1_001;

/// What a message says, in bytes.
const LENGTH: usize = 256;

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report
        .title("posting", "send to ack in a group of 1,001 online, at half of the most messages per second");
    // The most: as many as are delivered to everybody, with 16 under way.
    let bursts = fanout::bursts(plan, MEMBERS).await?;
    let most = median(bursts.iter().map(Run::rate))? / MEMBERS as f64;
    let mut all = histogram()?;
    let mut p99 = Vec::new();
    for round in 0..plan.rounds {
        let histogram = measure(round, most / 2.0, plan.time() * 2).await?;
        p99.push(histogram.value_at_quantile(0.99) as f64 / 1e6);
        all.add(&histogram)?;
    }
    report.note(&format!("the most: {most:.0} messages/s; posted at {:.0}/s", most / 2.0));
    report.quantiles("send to ack", &all);
    report.claim(Claim {
        what: "posting: p99 from send to ack at half of the most".into(),
        seen: Some(median(p99)?),
        must: 20.0,
        goal: 5.0,
        better: Better::Lower,
        unit: "ms",
    });
    Ok(())
}

/// What was sent and has no ack yet: when it was meant to be sent.
type Waiting = Rc<RefCell<VecDeque<Instant>>>;

async fn measure(round: usize, per_second: f64, time: Duration) -> anyhow::Result<Histogram<u64>> {
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    let people = people::sign_in(server.address, &format!("p{round}"), MEMBERS).await?;
    let group = people::group(server.address, "A thousand", &people.iter().collect::<Vec<_>>()).await?;
    let members = people::connect(server.address, &people).await?;
    let (tally, waiting) = (Rc::new(Tally::new()?), Waiting::default());
    let writer = Rc::clone(&members[0].sender);
    let mut tasks = JoinSet::new();
    for member in members {
        tasks.spawn_local(listen(member, Rc::clone(&waiting), Rc::clone(&tally)));
    }
    tasks.spawn_local(write(writer, group, per_second, Rc::clone(&waiting), Rc::clone(&tally)));
    let run = tally.measure(&server, time).await;
    tasks.shutdown().await;
    Ok(run?.latencies)
}

async fn write(
    sender: Rc<Sender>,
    group: ConversationId,
    per_second: f64,
    waiting: Waiting,
    tally: Rc<Tally>,
) {
    let text = "x".repeat(LENGTH);
    let mut moments = pace::moments(per_second, Duration::from_secs(3600));
    while let Some(moment) = moments.recv().await {
        match people::post(group, &text) {
            Ok(frame) => {
                waiting.borrow_mut().push_back(moment);
                sender.send(&frame);
            }
            Err(error) => return tally.fail(error.to_string()),
        }
    }
}

/// Takes what a member is told; acks come to the writer alone, in the order of the messages.
async fn listen(mut member: Receiver, waiting: Waiting, tally: Rc<Tally>) {
    let take = |text: &[u8]| {
        if text.starts_with(br#"{"type":"ack""#) {
            let moment = waiting.borrow_mut().pop_front().context("an ack too many")?;
            tally.took(moment.elapsed());
            tally.count(1);
            return Ok(());
        }
        let event = text.starts_with(br#"{"type":"event""#);
        anyhow::ensure!(event, "told {}", String::from_utf8_lossy(text));
        Ok(())
    };
    if let Err(error) = member.each(take, || ()).await {
        tally.fail(format!("a member: {error:#}"));
    }
}
