//! People chat, and somebody hammers on the door: how long a message takes to be acknowledged while many sign-ins a second
//! are tried, beside the same without them.

use std::{
    cell::RefCell,
    collections::VecDeque,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Context;
use confab_shared::{
    api::{MeChange, PasswordChange, SignIn},
    id::ConversationId,
};
use hdrhistogram::Histogram;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{
    Plan,
    http::Http,
    people,
    report::{Better, Claim, Report},
    server::Contender,
    socket::Receiver,
    tally::{histogram, median},
};

/// How many people chat, in groups of ten.
pub const PEOPLE: usize = 100;
pub const MEMBERS: usize = 10;

/// How often each of them posts.
pub const POST_EVERY: Duration = Duration::from_millis(500);

/// How many sign-ins a second are tried.
const SIGN_INS: u64 = 200;

/// How many connections they are tried over: an answer takes its time.
const LANES: u64 = 100;

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    report.title(
        "sign-ins",
        "100 people post twice a second, with and without 200 sign-ins a second by password",
    );
    let (mut ratios, mut all, mut tried) = (Vec::new(), [histogram()?, histogram()?], Vec::new());
    for round in 0..plan.rounds {
        let ([without, with], sign_ins) = measure(round, plan.time()).await?;
        ratios.push(with.value_at_quantile(0.99) as f64 / without.value_at_quantile(0.99) as f64);
        all[0].add(&without)?;
        all[1].add(&with)?;
        tried.push(sign_ins as f64 / plan.time().as_secs_f64());
    }
    for (who, histogram) in ["nobody signs in", "200 sign-ins a second"].into_iter().zip(&all) {
        report.quantiles(who, histogram);
    }
    report.note(&format!("{:.0} sign-ins a second were answered", median(tried)?));
    report.claim(Claim {
        what: "sign-ins: p99 of an ack while sign-ins are tried, of that without".into(),
        seen: Some(median(ratios)?),
        must: 2.0,
        goal: 1.2,
        better: Better::Lower,
        unit: "x",
    });
    Ok(())
}

/// One round: the acks without sign-ins and with them, and how many were answered.
async fn measure(round: usize, time: Duration) -> anyhow::Result<([Histogram<u64>; 2], usize)> {
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    let people = people::sign_in(server.address, &format!("s{round}"), PEOPLE).await?;
    let change = MeChange {
        password: Some(PasswordChange { current: None, new: "a long walk by the sea".to_owned() }),
        ..MeChange::default()
    };
    let mut http = Http::connect(server.address).await?.with_token(&people[0].token);
    http.bytes("PATCH", "/api/v1/me", &serde_json::to_string(&change)?).await?;
    let victim = people[0].name.clone();
    let mut groups = Vec::new();
    for (number, members) in people.chunks(MEMBERS).enumerate() {
        let members: Vec<_> = members.iter().collect();
        groups.push(people::group(server.address, &format!("Group {number}"), &members).await?);
    }
    let acks = Rc::new(RefCell::new(histogram()?));
    let mut writers = JoinSet::new();
    for (number, writer) in people::connect(server.address, &people).await?.into_iter().enumerate() {
        let (group, acks) = (groups[number / MEMBERS], Rc::clone(&acks));
        let delay = POST_EVERY * u32::try_from(number)? / u32::try_from(PEOPLE)?;
        writers.spawn_local(write(writer, group, acks, delay));
    }
    sleep(2 * POST_EVERY).await;
    acks.borrow_mut().reset();
    sleep(time).await;
    let without = acks.borrow().clone();
    let answered = Rc::new(RefCell::new(0));
    let mut hammer = JoinSet::new();
    for lane in 0..LANES {
        hammer.spawn_local(sign_in(server.address, lane, victim.clone(), Rc::clone(&answered)));
    }
    sleep(2 * POST_EVERY).await;
    acks.borrow_mut().reset();
    *answered.borrow_mut() = 0;
    sleep(time).await;
    let with = acks.borrow().clone();
    if let Some(ended) = hammer.try_join_next() {
        ended??;
    }
    if let Some(ended) = writers.try_join_next() {
        ended??;
    }
    let answered = *answered.borrow();
    anyhow::ensure!(!without.is_empty() && !with.is_empty(), "nothing was acknowledged");
    Ok(([without, with], answered))
}

/// Posts at intervals, and records how long each ack takes.
pub async fn write(
    mut writer: Receiver,
    group: ConversationId,
    acks: Rc<RefCell<Histogram<u64>>>,
    delay: Duration,
) -> anyhow::Result<()> {
    sleep(delay).await;
    let sent = Rc::new(RefCell::new(VecDeque::new()));
    let (sender, posted) = (Rc::clone(&writer.sender), Rc::clone(&sent));
    let post = async move {
        let mut ticks = interval(POST_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            posted.borrow_mut().push_back(Instant::now());
            sender.send(&people::post(group, "how are you today?")?);
        }
        #[expect(unreachable_code, reason = "it gives the block its type")]
        anyhow::Ok(())
    };
    let take = |text: &[u8]| {
        if text.starts_with(br#"{"type":"ack""#) {
            let sent: Instant = sent.borrow_mut().pop_front().context("an ack too many")?;
            acks.borrow_mut().saturating_record(u64::try_from(sent.elapsed().as_nanos())?);
        }
        anyhow::ensure!(!text.starts_with(br#"{"type":"error""#), "{}", String::from_utf8_lossy(text));
        Ok(())
    };
    tokio::select! {
        ended = post => ended,
        ended = writer.each(take, || ()) => ended,
    }
}

/// Tries to sign in at intervals: every other time under a name that somebody has.
async fn sign_in(
    address: std::net::SocketAddr,
    lane: u64,
    victim: String,
    answered: Rc<RefCell<usize>>,
) -> anyhow::Result<()> {
    let mut http = Http::connect(address).await?;
    sleep(Duration::from_millis(lane * 1_000 / SIGN_INS)).await;
    let mut ticks = interval(Duration::from_millis(LANES * 1_000 / SIGN_INS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for number in 0_u64.. {
        ticks.tick().await;
        let name = if number % 2 == 0 { victim.clone() } else { format!("nobody{lane}x{number}") };
        let request = SignIn { name, guest_key: None, password: Some("a guess".to_owned()), code: None };
        // It is refused, in one way or another.
        let _ = http.bytes("POST", "/api/v1/sessions", &serde_json::to_string(&request)?).await;
        *answered.borrow_mut() += 1;
    }
    Ok(())
}
