//! The power goes while people send files: a file whose message was acknowledged is there, whole, and of no other is anything
//! left.

use std::{path::Path, time::Duration};

use tokio::{sync::watch, time::sleep};

use super::{LOG, disk::Disk, loss, restart_until, seed};
use crate::support::{Server, couriers::Couriers, dice::Dice, in_time, server::confab};

/// How many rounds of power cuts there are.
const ROUNDS: u32 = 10;

/// The power goes at any moment of an upload, of the blob that it becomes, and of its message.
#[tokio::test]
async fn files_of_acknowledged_messages_survive() {
    let (disk, seed) = (Disk::new(), seed());
    let mut dice = Dice::of(seed, "files", 0);
    let mut server = disk.under(Server::with()).start().await;
    let couriers = Couriers::open(&[&server], seed).await;
    let (calm, weather) = watch::channel(false);
    let working = tokio::spawn(couriers.work(weather));
    for round in 0..ROUNDS {
        let moment = match round % 5 {
            // A blob under its temporary name; any sync, also one of a folder of blobs; the folder of uploads.
            0 => format!(".part:{}", dice.below(20) + 1),
            1 => format!("/sync:{}", dice.below(80) + 1),
            2 => format!("uploads/sync:{}", dice.below(10) + 1),
            3 => format!("{LOG}/sync:{}", dice.below(60) + 1),
            _ => format!("{LOG}:{}", dice.below(150) + 1),
        };
        restart_until(&mut server, &moment).await;
        in_time("the power cut", server.stopped()).await;
        let unsynced = disk.cut(&mut server, &mut loss(round, &mut dice)).await;
        println!("round {round} {moment}: {unsynced} changes not synced");
        server.restart().await;
    }
    calm.send_replace(true);
    let couriers = in_time("couriers", working).await.expect("they do not panic");
    let blobs = server.data().join("blobs");
    let deliveries = couriers.check(Some(&blobs)).await;
    println!("{} files were sent, {} requests had no answer", deliveries.sent, deliveries.lost);
    assert!(deliveries.violations.is_empty(), "CONFAB_SEED={seed}: {:#?}", deliveries.violations);
    assert!(deliveries.sent > 0 && deliveries.lost > 0);
    in_time("what interrupted writes left", async {
        while has_temporaries(&blobs.join("sha256")) {
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
    let check = confab().arg("check").arg("--data").arg(server.data()).output().unwrap();
    assert!(check.status.success(), "{check:?}");
}

fn has_temporaries(folder: &Path) -> bool {
    let folders = std::fs::read_dir(folder).unwrap();
    let mut files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    files.any(|file| file.unwrap().path().extension().is_some_and(|extension| extension == "part"))
}
