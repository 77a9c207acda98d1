//! A group of 1,000 who are all here: how many deliveries a second of the server's processor is good for, beside both
//! peers and beside what the machine itself can send.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    net::SocketAddr,
    rc::Rc,
    time::Instant,
};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;

use crate::{
    Plan, people,
    report::{Better, Claim, Report},
    results::Role,
    sends,
    server::Contender,
    socket::{Receiver, Sender},
    tally::{Run, Tally, median},
};

/// How many are in the group; one of them writes.
const MEMBERS: usize = 1_000;

/// What a message says, in bytes.
const LENGTH: usize = 256;

/// How many messages are under way: one at a time, and bursts that can be written together.
const WINDOWS: [usize; 2] = [1, 16];

/// How many connect at the same time.
const AT_ONCE: usize = 32;

/// One contender, and its runs by window.
struct Measured {
    contender: Contender,
    runs: [Vec<Run>; 2],
}

/// Deliveries, beside the peers.
pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("fanout", "a group of 1,000 online, 256 bytes: one message at a time, then bursts of 16");
    let (measured, sends) =
        rounds(plan, report, &[Contender::Confab, Contender::Go, Contender::SocketIo]).await?;
    for (index, (name, what)) in
        [("fanout", "one at a time"), ("fanout-bursts", "bursts")].into_iter().enumerate()
    {
        let rate = |contender| {
            let found = measured.iter().find(|measured: &&Measured| measured.contender == contender);
            found.and_then(|found| median(found.runs[index].iter().map(Run::per_server_second)).ok())
        };
        let confab = rate(Contender::Confab);
        let each = |rate: f64| 1e6 / rate;
        report.figure(
            name,
            "us",
            &[
                ("Confab", Role::Confab, confab.map(each)),
                ("Go relay", Role::Peer, rate(Contender::Go).map(each)),
                ("Socket.IO", Role::Peer, rate(Contender::SocketIo).map(each)),
                ("bare send", Role::Machine, Some(each(sends))),
            ],
        );
        for (contender, must, goal) in [(Contender::Go, 2.0, 4.0), (Contender::SocketIo, 5.0, 10.0)] {
            report.claim(Claim {
                what: format!("fanout, {what}: deliveries per server second, of {}'s", contender.name()),
                seen: confab.zip(rate(contender)).map(|(confab, peer)| confab / peer),
                must,
                goal,
                better: Better::Higher,
                unit: "x",
            });
        }
    }
    beside_sends(report, &measured, sends)
}

/// Deliveries, beside the bare machine alone.
pub async fn run_beside_sends(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title("sends", "fan-out to 1,000 beside a plain loop of sends");
    let (measured, sends) = rounds(plan, report, &[Contender::Confab]).await?;
    beside_sends(report, &measured, sends)
}

fn beside_sends(report: &mut Report, measured: &[Measured], sends: f64) -> anyhow::Result<()> {
    let confab = measured.iter().find(|measured| measured.contender == Contender::Confab);
    for (index, (what, goal)) in [("one at a time", 0.9), ("bursts", 1.0)].into_iter().enumerate() {
        let seen =
            confab.map(|found| median(found.runs[index].iter().map(Run::per_server_second))).transpose()?;
        report.claim(Claim {
            what: format!("sends, {what}: deliveries per server second, of the machine's sends"),
            seen: seen.map(|seen| seen / sends),
            must: 0.7,
            goal,
            better: Better::Higher,
            unit: "x",
        });
    }
    Ok(())
}

/// All rounds of all contenders, in turns, and the machine's own sends among them.
async fn rounds(
    plan: &Plan,
    report: &Report,
    contenders: &[Contender],
) -> anyhow::Result<(Vec<Measured>, f64)> {
    let mut all: Vec<_> = contenders
        .iter()
        .map(|contender| Measured { contender: *contender, runs: Default::default() })
        .collect();
    let (mut sends, mut length) = (Vec::new(), LENGTH);
    for round in 0..plan.rounds {
        for measured in &mut all {
            let found = measure(plan, measured.contender, round, MEMBERS, &WINDOWS).await?;
            let Some((runs, frame)) = found else { continue };
            for (run, runs) in runs.into_iter().zip(&mut measured.runs) {
                runs.push(run);
            }
            if measured.contender == Contender::Confab {
                length = frame;
            }
        }
        sends.push(sends::per_second(MEMBERS, length, plan.time()).await?);
    }
    for measured in &all {
        for (window, runs) in WINDOWS.into_iter().zip(&measured.runs) {
            let who = format!("{}, {window} under way", measured.contender.name());
            if runs.is_empty() {
                report.note(&format!("{who}: not measured"));
            } else {
                report.runs(&who, "deliveries", runs)?;
            }
        }
    }
    let sends = median(sends)?;
    report.note(&format!("the machine: {:.2} us for each send of {length} bytes", 1e6 / sends));
    Ok((all, sends))
}

/// Confab's runs with bursts alone, in a group of so many.
pub async fn bursts(plan: &Plan, members: usize) -> anyhow::Result<Vec<Run>> {
    let mut all = Vec::new();
    for round in 0..plan.rounds {
        let found = measure(plan, Contender::Confab, round, members, &WINDOWS[1..]).await?;
        all.extend(found.into_iter().flat_map(|(runs, _)| runs));
    }
    Ok(all)
}

/// One round of one contender, and how long a delivered frame is.
async fn measure(
    plan: &Plan,
    contender: Contender,
    round: usize,
    count: usize,
    windows: &[usize],
) -> anyhow::Result<Option<(Vec<Run>, usize)>> {
    let Some(server) = contender.start()? else { return Ok(None) };
    let (members, frame) = match contender {
        Contender::Confab | Contender::WithoutIndex => confab(server.address, round, count).await?,
        Contender::Go => go(server.address, count).await?,
        Contender::SocketIo => socket_io(server.address, count).await?,
    };
    let group = Rc::new(Group {
        writer: Rc::clone(&members[0].sender),
        members: members.len(),
        frame,
        tally: Tally::new()?,
        under_way: RefCell::default(),
        complete: Cell::new(0),
        length: Cell::new(0),
    });
    let mut tasks = JoinSet::new();
    for member in members {
        tasks.spawn_local(listen(member, Rc::clone(&group)));
    }
    let mut runs = Vec::new();
    for window in windows {
        group.widen(*window)?;
        runs.push(group.tally.measure(&server, plan.time()).await?);
    }
    tasks.shutdown().await;
    Ok(Some((runs, group.length.get())))
}

/// A fresh frame of the writer's.
type Frame = Box<dyn Fn() -> anyhow::Result<Vec<u8>>>;

/// Who is in the group, and what is under way there. Everybody gets every message, the writer too.
struct Group {
    writer: Rc<Sender>,
    members: usize,
    frame: Frame,
    tally: Tally,
    /// Of each message that not everybody has: when it was sent, and how many have it.
    under_way: RefCell<VecDeque<(Instant, usize)>>,
    /// How many messages everybody has.
    complete: Cell<usize>,
    /// How long a delivered frame is.
    length: Cell<usize>,
}

impl Group {
    /// Lets so many messages be under way.
    fn widen(&self, window: usize) -> anyhow::Result<()> {
        let mut under_way = self.under_way.borrow_mut();
        while under_way.len() < window {
            self.say(&mut under_way)?;
        }
        drop(under_way);
        self.writer.flush();
        Ok(())
    }

    fn say(&self, under_way: &mut VecDeque<(Instant, usize)>) -> anyhow::Result<()> {
        self.writer.queue(&(self.frame)()?);
        under_way.push_back((Instant::now(), 0));
        Ok(())
    }

    /// Somebody has got their message of this number. Once everybody has one, the next is written.
    fn got(&self, number: usize) -> anyhow::Result<()> {
        self.tally.count(1);
        let mut under_way = self.under_way.borrow_mut();
        let index = number.checked_sub(self.complete.get());
        let message = index.and_then(|index| under_way.get_mut(index));
        let Some((_, have)) = message else { anyhow::bail!("a message that was not sent") };
        *have += 1;
        while let Some((sent, _)) = under_way.pop_front_if(|(_, have)| *have == self.members) {
            self.tally.took(sent.elapsed());
            self.complete.set(self.complete.get() + 1);
            self.say(&mut under_way)?;
        }
        Ok(())
    }
}

async fn listen(mut member: Receiver, group: Rc<Group>) {
    let mut number = 0;
    let own = Rc::clone(&member.sender);
    let take = |text: &[u8]| {
        match kind(text) {
            Kind::Message => {
                group.length.set(text.len() + 4);
                group.got(number)?;
                number += 1;
            }
            Kind::Other => {}
            Kind::Ping => own.queue(b"3"),
            Kind::Wrong => anyhow::bail!("told {}", String::from_utf8_lossy(text)),
        }
        Ok(())
    };
    if let Err(error) = member.each(take, || group.writer.flush()).await {
        group.tally.fail(format!("a member: {error:#}"));
    }
}

enum Kind {
    Message,
    /// Socket.IO's own ping.
    Ping,
    /// An ack.
    Other,
    Wrong,
}

/// What a frame of any of the three is.
fn kind(text: &[u8]) -> Kind {
    let begins = |with: &str| text.starts_with(with.as_bytes());
    if begins(r#"{"type":"event""#) || begins(r#"42["said""#) || begins(r#"{"type":2"#) {
        Kind::Message
    } else if begins(r#"{"type":"ack""#) {
        Kind::Other
    } else if text == b"2" {
        Kind::Ping
    } else {
        Kind::Wrong
    }
}

fn text() -> String {
    "x".repeat(LENGTH)
}

async fn confab(address: SocketAddr, round: usize, count: usize) -> anyhow::Result<(Vec<Receiver>, Frame)> {
    let people = people::sign_in(address, &format!("f{round}"), count).await?;
    let group = people::group(address, "A thousand", &people.iter().collect::<Vec<_>>()).await?;
    let members = people::connect(address, &people).await?;
    Ok((members, Box::new(move || people::post(group, &text()))))
}

async fn go(address: SocketAddr, count: usize) -> anyhow::Result<(Vec<Receiver>, Frame)> {
    let connect = async |number| Receiver::connect(address, &format!("/ws?userID=f{number}&room=all")).await;
    let members = stream::iter(0..count).map(connect).buffered(AT_ONCE).try_collect().await?;
    let frame = format!(r#"{{"type":2,"userID1":"f0","userID2":"all","data":"{}"}}"#, text());
    Ok((members, Box::new(move || Ok(frame.clone().into_bytes()))))
}

async fn socket_io(address: SocketAddr, count: usize) -> anyhow::Result<(Vec<Receiver>, Frame)> {
    let join = async |_| {
        let mut member = Receiver::connect(address, "/socket.io/?EIO=4&transport=websocket").await?;
        for (answer, next) in [("0{", "40"), ("40{", r#"420["join","all"]"#), ("430[", "")] {
            let text = member.next().await?;
            anyhow::ensure!(text.starts_with(answer), "not {answer}: {text}");
            if !next.is_empty() {
                member.sender.send(next.as_bytes());
            }
        }
        Ok(member)
    };
    let members = stream::iter(0..count).map(join).buffered(AT_ONCE).try_collect().await?;
    let frame = format!(r#"42["say","all","{}"]"#, text());
    Ok((members, Box::new(move || Ok(frame.clone().into_bytes()))))
}
