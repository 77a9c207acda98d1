//! How long a post takes to its ack while 1,000 others are told of each, at half of the most that the server does.

use std::{
    cell::RefCell,
    collections::VecDeque,
    net::SocketAddr,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use confab_shared::id::ConversationId;
use hdrhistogram::Histogram;
use tokio::{
    runtime,
    sync::oneshot,
    task::{JoinSet, LocalSet},
};

use crate::{
    Plan, fanout, pace,
    people::{self, Person},
    report::{Better, Claim, Report},
    server::Contender,
    socket::Receiver,
    tally::{Run, Tally, WARM_UP, histogram, median},
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
type Waiting = RefCell<VecDeque<Instant>>;

async fn measure(round: usize, per_second: f64, time: Duration) -> anyhow::Result<Histogram<u64>> {
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    let address = server.address;
    let people = people::sign_in(address, &format!("p{round}"), MEMBERS).await?;
    let group = people::group(address, "A thousand", &people.iter().collect::<Vec<_>>()).await?;
    let mut people = people.into_iter();
    let writer = people.next().context("somebody writes")?;
    let tally = Rc::new(Tally::new()?);
    let mut tasks = JoinSet::new();
    for member in people::connect(address, people.as_slice()).await? {
        tasks.spawn_local(listen(member, Rc::clone(&tally)));
    }
    // On a thread of its own: an ack that waits until this one has read what a thousand are told says nothing of the
    // server.
    let (tell, told) = oneshot::channel();
    thread::spawn(move || tell.send(write(address, &writer, group, per_second, time)));
    let latencies = told.await?;
    tasks.shutdown().await;
    tally.check()?;
    latencies
}

/// Posts at a set rate, and takes the time until each ack.
fn write(
    address: SocketAddr,
    writer: &Person,
    group: ConversationId,
    per_second: f64,
    time: Duration,
) -> anyhow::Result<Histogram<u64>> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut receiver = people::come(address, 0, writer).await?;
        let (waiting, latencies) = (Waiting::default(), RefCell::new(histogram()?));
        let sender = Rc::clone(&receiver.sender);
        let counted_from = Instant::now() + WARM_UP;
        let post = async {
            let text = "x".repeat(LENGTH);
            let mut moments = pace::moments(per_second, WARM_UP + time);
            while let Some(moment) = moments.recv().await {
                waiting.borrow_mut().push_back(moment);
                sender.send(&people::post(group, &text)?);
            }
            while !waiting.borrow().is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            anyhow::Ok(())
        };
        // Acks come in the order of the messages.
        let take = |text: &[u8]| {
            if is_event(text) {
                return Ok(());
            }
            anyhow::ensure!(text.starts_with(br#"{"type":"ack""#), "told {}", String::from_utf8_lossy(text));
            let moment = waiting.borrow_mut().pop_front().context("an ack too many")?;
            if moment >= counted_from {
                latencies.borrow_mut().saturating_record(u64::try_from(moment.elapsed().as_nanos())?);
            }
            Ok(())
        };
        tokio::select! {
            posted = post => posted?,
            ended = receiver.each(take, || ()) => ended?,
        }
        Ok(latencies.into_inner())
    })
}

fn is_event(text: &[u8]) -> bool {
    text.starts_with(br#"{"type":"event""#)
}

/// Takes what a member is told.
async fn listen(mut member: Receiver, tally: Rc<Tally>) {
    let take = |text: &[u8]| {
        anyhow::ensure!(is_event(text), "told {}", String::from_utf8_lossy(text));
        Ok(())
    };
    if let Err(error) = member.each(take, || ()).await {
        tally.fail(format!("a member: {error:#}"));
    }
}
