//! The demo's dialect between pairs: what a message costs the server, from its sender's socket to its receiver's.
//! Confab stores each; the Go relay only forwards.

use std::{cell::RefCell, collections::VecDeque, net::SocketAddr, rc::Rc, time::Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;

use crate::{
    Plan,
    report::{Better, Claim, Report},
    results::Role,
    server::Contender,
    socket::{Receiver, Sender},
    tally::{Run, Tally, median},
};

/// How many pairs of people there are.
const PAIRS: usize = 1_000;

/// How many messages of each pair are under way.
const WINDOW: usize = 16;

/// What a message says, in bytes.
const LENGTH: usize = 64;

/// How many pairs connect at the same time.
const AT_ONCE: usize = 32;

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("relay", "1,000 pairs in the demo's dialect, 64 bytes, 16 under way each");
    let contenders = [Contender::Confab, Contender::Go];
    let mut runs = contenders.map(|_| Vec::new());
    for round in 0..plan.rounds {
        for (contender, runs) in contenders.into_iter().zip(&mut runs) {
            runs.extend(measure(plan, contender, round).await?);
        }
    }
    for (contender, runs) in contenders.into_iter().zip(&runs) {
        if runs.is_empty() {
            report.note(&format!("{}: not measured", contender.name()));
        } else {
            report.runs(contender.name(), "messages", runs)?;
        }
    }
    let [confab, go] = runs.map(|runs| median(runs.iter().map(Run::each)).ok());
    let bars = [("Confab", Role::Confab, confab), ("Go relay, stores nothing", Role::Peer, go)];
    report.figure("relay", "us", &bars);
    report.claim(Claim {
        what: "relay: server time per message, of the Go relay's".into(),
        seen: confab.zip(go).map(|(confab, go)| confab / go),
        must: 0.6,
        goal: 0.35,
        better: Better::Lower,
        unit: "x",
    });
    Ok(())
}

/// Two people: what the one sends, the other gets.
struct Pair {
    sender: Rc<Sender>,
    frame: String,
    sent: RefCell<VecDeque<Instant>>,
}

impl Pair {
    fn send(&self) {
        self.sent.borrow_mut().push_back(Instant::now());
        self.sender.queue(self.frame.as_bytes());
    }
}

pub async fn measure(plan: &Plan, contender: Contender, round: usize) -> anyhow::Result<Option<Run>> {
    let Some(server) = contender.start()? else { return Ok(None) };
    let tally = Rc::new(Tally::new()?);
    let pairs = stream::iter(0..PAIRS).map(|number| connect(server.address, round, number));
    let pairs: Vec<_> = pairs.buffered(AT_ONCE).try_collect().await?;
    let mut tasks = JoinSet::new();
    for (pair, from, to) in pairs {
        tasks.spawn_local(talk(pair, to, Rc::clone(&tally)));
        tasks.spawn_local(listen(from, Rc::clone(&tally)));
    }
    let run = tally.measure(&server, plan.time()).await;
    tasks.shutdown().await;
    run.map(Some)
}

async fn connect(
    address: SocketAddr,
    round: usize,
    number: usize,
) -> anyhow::Result<(Pair, Receiver, Receiver)> {
    let (from, to) = (format!("r{round}a{number}"), format!("r{round}b{number}"));
    let sender = Receiver::connect(address, &format!("/ws?userID={from}")).await?;
    let receiver = Receiver::connect(address, &format!("/ws?userID={to}")).await?;
    let data = "x".repeat(LENGTH);
    let frame = format!(r#"{{"userID1":"{from}","userID2":"{to}","data":"{data}"}}"#);
    Ok((Pair { sender: Rc::clone(&sender.sender), frame, sent: RefCell::default() }, sender, receiver))
}

/// Sends, and sends again whatever has arrived.
async fn talk(pair: Pair, mut to: Receiver, tally: Rc<Tally>) {
    (0..WINDOW).for_each(|_| pair.send());
    pair.sender.flush();
    let arrived = |text: &[u8]| {
        anyhow::ensure!(
            text == pair.frame.as_bytes(),
            "not what was sent: {}",
            String::from_utf8_lossy(text)
        );
        let sent = pair.sent.borrow_mut().pop_front();
        tally.took(sent.map(|sent| sent.elapsed()).unwrap_or_default());
        tally.count(1);
        pair.send();
        Ok(())
    };
    if let Err(error) = to.each(arrived, || pair.sender.flush()).await {
        tally.fail(format!("a receiver: {error:#}"));
    }
}

/// The sender has nothing to read but pings, and errors.
async fn listen(mut from: Receiver, tally: Rc<Tally>) {
    let any = |text: &[u8]| anyhow::bail!("a sender was told {}", String::from_utf8_lossy(text));
    if let Err(error) = from.each(any, || ()).await {
        tally.fail(format!("{error:#}"));
    }
}
