//! Kills the server repeatedly, and restarts it on the same folder and the same port. Where the database is a server of its
//! own, that is killed in turn with it, all of its processes at once.

use std::time::Duration;

use confab_postgres_fixture::PostgresServer;
use tokio::{
    task::block_in_place,
    time::{Instant, sleep},
};

use crate::{dice::Dice, support::Server, trial::Trial};

/// How long to wait for messages before a kill: a server that takes none is killed all the same.
const PATIENCE: Duration = Duration::from_secs(15);

/// How many kills go with one longer while of peace.
const SPELL: u64 = 8;

/// How long it may take until all messages are acknowledged once there are no more kills.
const AT_LAST: Duration = Duration::from_secs(120);

/// Kills the server until the trial's number of kills and of acknowledged messages is reached.
pub async fn rage(server: &mut Server, postgres: Option<&PostgresServer>, trial: &Trial) {
    let (settings, tally) = (&trial.settings, &trial.tally);
    let mut dice = Dice::of(settings.seed, "nemesis", 0);
    let each = settings.messages / settings.kills.max(1);
    for kill in 1..=settings.kills {
        let goal = tally.acked.get() + dice.among(each / 2..=each + each / 2);
        acknowledged(trial, goal, PATIENCE).await;
        // Most kills follow each other closely; before some there is time for a tab to lag.
        let rest = if kill.is_multiple_of(SPELL) { 3_000..=6_000 } else { 0..=60 };
        sleep(dice.millis(rest)).await;
        tally.caught.some(tally.in_flight());
        tally.kills.one();
        match postgres.filter(|_| kill.is_multiple_of(2)) {
            Some(postgres) => {
                block_in_place(|| postgres.sigkill());
                // Longer than the server's own attempts, now and then: commands are refused then.
                sleep(dice.millis(0..=3_000)).await;
                block_in_place(|| postgres.restart());
            }
            None => {
                server.sigkill().await;
                sleep(dice.millis(0..=250)).await;
                server.restart().await;
            }
        }
    }
    acknowledged(trial, settings.messages, AT_LAST).await;
}

/// Waits until so many messages are acknowledged.
async fn acknowledged(trial: &Trial, goal: u64, patience: Duration) {
    let until = Instant::now() + patience;
    while trial.tally.acked.get() < goal && Instant::now() < until {
        sleep(Duration::from_millis(2)).await;
    }
}
