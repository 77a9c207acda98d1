//! People chat, and somebody hammers on the door: how long a message takes to be acknowledged while many sign-ins a second
//! are tried, beside the same without them.

use std::{cell::RefCell, rc::Rc, time::Duration};

use confab_shared::api::{MeChange, PasswordChange, SignIn};
use hdrhistogram::Histogram;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{
    Plan,
    chat::{Chat, PEOPLE, POST_EVERY},
    http::Http,
    people,
    report::{Better, Claim, Report},
    server::Contender,
    tally::{histogram, median},
};

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
    let mut chat = Chat::start(server.address, &people).await?;
    let without = chat.acks(time).await?;
    let answered = Rc::new(RefCell::new(0));
    let mut hammer = JoinSet::new();
    for lane in 0..LANES {
        hammer.spawn_local(sign_in(server.address, lane, victim.clone(), Rc::clone(&answered)));
    }
    sleep(2 * POST_EVERY).await;
    *answered.borrow_mut() = 0;
    let with = chat.acks(time).await?;
    if let Some(ended) = hammer.try_join_next() {
        ended??;
    }
    let answered = *answered.borrow();
    Ok(([without, with], answered))
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
