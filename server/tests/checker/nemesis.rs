//! Kills the server repeatedly, and restarts it on the same folder and the same port. Where the database is a server of its
//! own, that is killed in turn with it, all of its processes at once. What it does to nodes is in [`cluster`].

mod cluster;

use std::time::Duration;

use tokio::{
    task::block_in_place,
    time::{Instant, sleep},
};

use crate::{site::Site, support::dice::Dice, tally::Tally, trial::Trial};

/// How long to wait for messages before a kill: a server that takes none is killed all the same.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many kills go with one longer while of peace.
const SPELL: u64 = 8;

/// How long it may take until all messages are acknowledged once there are no more kills.
const AT_LAST: Duration = Duration::from_secs(120);

/// Kills servers until the trial's number of kills and of acknowledged messages is reached.
pub async fn rage(site: &mut Site, trial: &Trial) {
    let (settings, tally) = (&trial.settings, &trial.tally);
    let mut dice = Dice::of(settings.seed, "nemesis", 0);
    let each = settings.messages / settings.kills.max(1);
    for kill in 1..=settings.kills {
        let goal = tally.acked.get() + dice.among(each / 2..=each + each / 2);
        acknowledged(trial, goal, PATIENCE).await;
        // Most kills follow each other closely; before some there is time for a tab to lag.
        let rest = if kill.is_multiple_of(SPELL) { 3_000..=6_000 } else { 0..=60 };
        sleep(dice.millis(rest)).await;
        match site.bus {
            Some(_) => cluster::strike(site, &mut dice, tally).await,
            None => strike(site, &mut dice, kill, tally).await,
        }
    }
    acknowledged(trial, settings.messages, AT_LAST).await;
}

/// Kills the server, or every second time its database where that is a server of its own, and starts it again.
async fn strike(site: &mut Site, dice: &mut Dice, kill: u64, tally: &Tally) {
    tally.caught.some(tally.in_flight());
    tally.kills.one();
    match site.postgres.as_ref().filter(|_| kill.is_multiple_of(2)) {
        Some(postgres) => {
            tally.database_kills.one();
            block_in_place(|| postgres.sigkill());
            // Longer than the server's own attempts, now and then: commands are refused then.
            sleep(dice.millis(0..=3_000)).await;
            block_in_place(|| postgres.restart());
        }
        None => {
            let server = &mut site.nodes[0];
            server.sigkill().await;
            sleep(dice.millis(0..=250)).await;
            server.restart().await;
        }
    }
}

/// Waits until so many messages are acknowledged.
async fn acknowledged(trial: &Trial, goal: u64, patience: Duration) {
    let until = Instant::now() + patience;
    while trial.tally.acked.get() < goal && Instant::now() < until {
        sleep(Duration::from_millis(2)).await;
    }
}
