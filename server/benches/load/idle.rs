//! Many who are here and say nothing: what each holds of the server's memory, and what their heartbeats cost.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use tokio::{task::JoinSet, time::sleep};

use crate::{
    Plan, people,
    report::{Better, Claim, Report},
    server::Contender,
    socket::Receiver,
    tally::Tally,
};

/// How long everything is left alone before it is looked at.
const SETTLE: Duration = Duration::from_secs(20);

/// How long the heartbeats are counted: four of each connection.
const TIME: Duration = Duration::from_secs(60);

pub async fn run(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let count = plan.connections;
    report.title("idle", &format!("{count} connections that say nothing, for {} s", TIME.as_secs()));
    let Some(server) = Contender::Confab.start()? else { anyhow::bail!("no Confab") };
    sleep(Duration::from_secs(1)).await;
    let empty = server.resident()?;
    let begun = Instant::now();
    let people = people::sign_in(server.address, "i", count).await?;
    let (signed_in, held) = (begun.elapsed(), server.resident()?);
    let begun = Instant::now();
    let receivers = people::connect(server.address, &people).await?;
    let connected = begun.elapsed();
    let tally = Rc::new(Tally::new()?);
    let mut tasks = JoinSet::new();
    for receiver in receivers {
        tasks.spawn_local(listen(receiver, Rc::clone(&tally)));
    }
    sleep(SETTLE).await;
    let before = server.processor_time()?;
    sleep(TIME).await;
    let time = server.processor_time()? - before;
    let resident = server.resident()?;
    tasks.shutdown().await;
    tally.check()?;

    let each = |bytes: u64| bytes as f64 / count as f64 / 1024.0;
    report.note(&format!(
        "signed in after {:.1} s, connected after {:.1} s more; resident {:.1} MiB empty, {:.1} MiB after the sign-ins, \
         {:.1} MiB with everybody here",
        signed_in.as_secs_f64(),
        connected.as_secs_f64(),
        empty as f64 / 1048576.0,
        held as f64 / 1048576.0,
        resident as f64 / 1048576.0,
    ));
    report.claim(Claim {
        what: format!("idle: resident memory for each of {count} connections"),
        seen: Some(each(resident.saturating_sub(empty))),
        must: 10.0,
        goal: 5.0,
        better: Better::Lower,
        unit: "KiB",
    });
    report.claim(Claim {
        what: "idle: server time for each connection, a second".into(),
        seen: Some(time.as_secs_f64() * 1e6 / TIME.as_secs_f64() / count as f64),
        must: 5.0,
        goal: 2.0,
        better: Better::Lower,
        unit: "us/s",
    });
    Ok(())
}

/// Answers pings; there is nothing else.
async fn listen(mut receiver: Receiver, tally: Rc<Tally>) {
    let any = |text: &[u8]| anyhow::bail!("told {}", String::from_utf8_lossy(text));
    if let Err(error) = receiver.each(any, || ()).await {
        tally.fail(format!("somebody idle: {error:#}"));
    }
}
