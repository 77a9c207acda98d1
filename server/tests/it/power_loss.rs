//! The power goes: what was acknowledged is there, since the ack follows the sync. SIGKILL cannot see a sync that is
//! missing, so these tests run the server on a disk that forgets what was not synced ([`disk`]).

mod disk;
mod files;
mod people;
mod undo;

use std::hash::{BuildHasher, RandomState};

use tokio::sync::watch;

use self::{
    disk::{Disk, Loss},
    people::People,
    undo::What,
};
use crate::support::{Server, dice::Dice, in_time, office::Office};

/// How many messages one posts who posts until the power goes.
const NO_END: usize = usize::MAX;

const DATABASE: &str = "confab.db";
const LOG: &str = "confab.db-wal";

/// Waits until the history of a file has something in it.
async fn until(disk: &Disk, file: &str, what: &str, found: impl Fn(&[What]) -> bool) {
    let looking = async {
        while !found(&disk.history(file)) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    in_time(what, looking).await;
}

/// The server starts again, and all is as it was promised.
async fn check(server: &mut Server, people: &mut People) -> Result<(), String> {
    server.restart().await;
    people.check().await?;
    people.go_on().await;
    people.check().await
}

/// The seed in `CONFAB_SEED`, or another one each time. A test that fails shows what it printed: with the seed the same
/// moments are picked again, though not what many threads do in between.
fn seed() -> u64 {
    let given = std::env::var("CONFAB_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000);
    println!("CONFAB_SEED={seed}");
    seed
}

fn loss(round: u32, dice: &mut Dice) -> Loss {
    if round.is_multiple_of(2) { Loss::All } else { Loss::Some(Dice::of(dice.roll(), "loss", 0)) }
}

/// How often a file was synced, or seemed to be.
fn syncs(history: &[What]) -> usize {
    history.iter().filter(|what| matches!(what, What::Synced { .. } | What::SyncIgnored)).count()
}

/// How often the write-ahead log was restarted.
fn beginnings(history: &[What]) -> usize {
    history.iter().filter(|what| matches!(what, What::Changed { offset: 0, .. })).count()
}

/// The server is started again, to lose its power at a moment of the disk's: see `forget.c`. That may be before it is
/// ready: it begins with what the last one left in the log.
async fn restart_until(server: &mut Server, moment: &str) {
    server.sigkill().await;
    server.variable("FORGET_CUT", moment);
    let ready = server.try_restart().await;
    assert!(ready || !moment.is_empty(), "the server did not get ready");
    // Of this start alone.
    server.variable("FORGET_CUT", "");
}

/// The power goes while all are posting: at any moment, in the middle of a transaction, or after its sync and before
/// its acks.
#[tokio::test]
async fn what_was_acknowledged_survives() {
    let (disk, mut dice) = (Disk::new(), Dice::of(seed(), "power", 0));
    let mut server = disk.under(Server::with()).start().await;
    let mut people = People::come(&server, 6).await;
    for round in 0..9 {
        let moment = match round % 3 {
            0 => String::new(),
            1 => format!("{LOG}:{}", dice.below(600) + 1),
            _ => format!("{LOG}/sync:{}", dice.below(40) + 1),
        };
        restart_until(&mut server, &moment).await;
        let mut posting = people.post(&server, NO_END);
        if moment.is_empty() {
            posting.acked(dice.below(400) as usize + 1).await;
        } else {
            in_time("the power cut", server.stopped()).await;
        }
        let unsynced = disk.cut(&mut server, &mut loss(round, &mut dice)).await;
        let acks = people.posted(posting).await;
        println!("round {round} {moment}: {acks} acks, {unsynced} changes not synced");
        check(&mut server, &mut people).await.unwrap();
    }
}

/// The power goes while an owner changes accounts, ends sessions and makes invitations: what was answered holds.
#[tokio::test]
async fn acknowledged_changes_of_accounts_survive() {
    let (disk, seed) = (Disk::new(), seed());
    let mut dice = Dice::of(seed, "power", 0);
    let mut server = disk.under(Server::with()).start().await;
    let office = Office::open(&[&server], seed).await;
    let (calm, weather) = watch::channel(false);
    let working = tokio::spawn(office.work(weather));
    for round in 0..6 {
        let moment = match round % 3 {
            0 => format!("{LOG}:{}", dice.below(100) + 1),
            1 => format!("{LOG}/sync:{}", dice.below(30) + 1),
            _ => format!("{DATABASE}:{}", dice.below(6) + 1),
        };
        restart_until(&mut server, &moment).await;
        in_time("the power cut", server.stopped()).await;
        let unsynced = disk.cut(&mut server, &mut loss(round, &mut dice)).await;
        println!("round {round} {moment}: {unsynced} changes not synced");
    }
    server.restart().await;
    calm.send_replace(true);
    let office = working.await.expect("the office does not panic");
    println!("{} answered, {} lost", office.answered, office.lost);
    assert!(office.answered > 20, "{} answered", office.answered);
    assert_eq!(office.violations, [""; 0]);
}

/// The power comes back, and goes again while the server puts in its place what the last one left.
#[tokio::test]
async fn what_was_acknowledged_survives_where_the_power_goes_twice() {
    let (disk, mut dice) = (Disk::new(), Dice::of(seed(), "power", 0));
    let mut server = disk.under(Server::with()).start().await;
    let mut people = People::come(&server, 6).await;
    let log = [":1", ":3", ":5", "/sync:1"].map(|moment| format!("{LOG}{moment}"));
    let database = [":1", ":3", "/sync:1"].map(|moment| format!("{DATABASE}{moment}"));
    for (round, moment) in log.iter().chain(&database).enumerate() {
        let mut posting = people.post(&server, NO_END);
        posting.acked(dice.below(400) as usize + 1).await;
        disk.cut(&mut server, &mut loss(round as u32, &mut dice)).await;
        let acks = people.posted(posting).await;
        restart_until(&mut server, moment).await;
        // Should nothing have been left.
        let posting = people.post(&server, NO_END);
        in_time("the power cut", server.stopped()).await;
        let unsynced = disk.cut(&mut server, &mut loss(round as u32, &mut dice)).await;
        let more = people.posted(posting).await;
        println!("round {round} {moment}: {acks} and {more} acks, {unsynced} changes not synced");
        check(&mut server, &mut people).await.unwrap();
    }
}

/// The power goes while the log is moved into the database: at one of its writes, or once they are synced.
#[tokio::test]
async fn what_was_acknowledged_survives_in_the_middle_of_a_checkpoint() {
    let (disk, mut dice) = (Disk::new(), Dice::of(seed(), "power", 0));
    let mut server = disk.under(Server::with()).start().await;
    let mut people = People::come(&server, 6).await;
    for round in 0..6 {
        let moment = match round % 3 {
            2 => format!("{DATABASE}/sync:1"),
            _ => format!("{DATABASE}:{}", dice.below(12) + 1),
        };
        // In good order: what a start finds in the log, it moves at once.
        assert!(server.sigterm().await.success());
        restart_until(&mut server, &moment).await;
        // The checkpoint begins after all posting has ended; in the last rounds, while all users are posting.
        let posting = people.post(&server, if round < 4 { 40 } else { 1_500 });
        let acks = people.posted(posting).await;
        in_time("the power cut", server.stopped()).await;
        let unsynced = disk.cut(&mut server, &mut loss(round, &mut dice)).await;
        println!("round {round} {moment}: {acks} acks, {unsynced} changes not synced");
        check(&mut server, &mut people).await.unwrap();
    }
}

/// Posts until the write-ahead log restarts and overwrites what a checkpoint has moved.
async fn post_until_log_begins_anew(disk: &Disk, server: &Server, people: &mut People) {
    let begun = beginnings(&disk.history(LOG));
    // A post between the sync and the end of the checkpoint is appended to the old log: try again.
    while beginnings(&disk.history(LOG)) == begun {
        let synced = syncs(&disk.history(DATABASE));
        people.posted(people.post(server, 40)).await;
        until(disk, DATABASE, "a checkpoint", |history| syncs(history) > synced).await;
        people.posted(people.post(server, 2)).await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_where_the_log_begins_anew() {
    let (disk, mut dice) = (Disk::new(), Dice::of(seed(), "power", 0));
    let mut server = disk.under(Server::with()).start().await;
    let mut people = People::come(&server, 6).await;
    for round in 0..3 {
        post_until_log_begins_anew(&disk, &server, &mut people).await;
        let mut posting = people.post(&server, NO_END);
        posting.acked(dice.below(200) as usize).await;
        let unsynced = disk.cut(&mut server, &mut loss(round, &mut dice)).await;
        let acks = people.posted(posting).await;
        println!("round {round}: {acks} acks, {unsynced} changes not synced");
        check(&mut server, &mut people).await.unwrap();
    }
}

/// A sync of the log fails, and the kernel takes for written what it could not write. The server ends before it promises
/// anything more; started again, it adds nothing behind that hole.
#[tokio::test]
async fn what_was_acknowledged_survives_a_sync_that_fails() {
    let (disk, mut dice) = (Disk::new(), Dice::of(seed(), "power", 0));
    let mut server = disk.under(Server::with()).start().await;
    let mut people = People::come(&server, 6).await;
    for round in 0..6_u32 {
        server.sigkill().await;
        server.variable("FORGET_FAIL", &format!("{LOG}:{}", dice.below(40) + 3));
        let ready = server.try_restart().await;
        server.variable("FORGET_FAIL", "");
        let mut acks = 0;
        // The sync that fails may be one of the start: the server ends before it is ready, and promised nothing.
        if ready {
            let posting = people.post(&server, NO_END);
            let status = in_time("the end of the server", server.stopped()).await;
            assert!(!status.success());
            acks = people.posted(posting).await;
        }
        if round.is_multiple_of(2) {
            server.restart().await;
            let mut posting = people.post(&server, NO_END);
            posting.acked(dice.below(400) as usize + 1).await;
            disk.cut(&mut server, &mut loss(round / 2, &mut dice)).await;
            acks += people.posted(posting).await;
        } else {
            disk.cut(&mut server, &mut loss(round / 2, &mut dice)).await;
        }
        println!("round {round}: {acks} acks");
        check(&mut server, &mut people).await.unwrap();
    }
}

/// How often a server whose syncs do nothing is tried: one try may lose nothing, where the last commit before the cut
/// happened to be on the disk all the same.
const TRIES: usize = 20;

/// The violation that the check reports of a server whose syncs of some files do nothing, once its log was restarted.
async fn found_where_syncs_do_nothing(files: &str) -> String {
    for _ in 0..TRIES {
        if let Err(found) = try_where_syncs_do_nothing(files).await {
            println!("{files}: {found}");
            return found;
        }
    }
    panic!("{files}: nothing was found in {TRIES} tries");
}

async fn try_where_syncs_do_nothing(files: &str) -> Result<(), String> {
    let disk = Disk::new();
    let mut server = disk.under(Server::with()).start().await;
    let mut people = People::come(&server, 3).await;
    // Who they are is on disk by then: it is messages that will be lost.
    post_until_log_begins_anew(&disk, &server, &mut people).await;
    disk.cut(&mut server, &mut Loss::All).await;
    server.variable("FORGET_IGNORE", files);
    server.restart().await;
    post_until_log_begins_anew(&disk, &server, &mut people).await;
    disk.cut(&mut server, &mut Loss::All).await;
    server.variable("FORGET_IGNORE", "");
    check(&mut server, &mut people).await
}

#[tokio::test]
async fn a_server_whose_syncs_do_nothing_is_found_out() {
    let found = found_where_syncs_do_nothing("*").await;
    assert!(found.contains("acknowledged messages are lost"), "{found}");
}

#[tokio::test]
async fn a_checkpoint_that_does_not_sync_the_database_is_found_out() {
    let found = found_where_syncs_do_nothing(DATABASE).await;
    // Half of what was moved may also be worth less than nothing.
    let unreadable = found.contains("cannot be read");
    assert!(unreadable || found.contains("acknowledged messages are lost"), "{found}");
}
