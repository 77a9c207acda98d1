//! What the nemesis does to a cluster: each time it kills a node, mostly while something else is wrong, too.

use std::time::Duration;

use tokio::{task::block_in_place, time::sleep};

use crate::{
    site::Site,
    support::{Server, dice::Dice},
    tally::Tally,
};

/// What is wrong beside the death of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Nothing,
    /// The bus is killed, and comes back later.
    Bus,
    /// A node's line to the bus passes nothing on for a while, and is cut off then: what was under way is lost.
    Silence,
    /// A node's line to the bus is cut off, and can be made again at once.
    Cut,
    /// A node's line to the bus is cut off for a while.
    Closed,
    /// All processes of the database are killed, before the node.
    Database,
    /// The other node is stopped in good order, and started again, before this one is killed.
    Drain,
}

/// Each as often as it is here.
const TROUBLES: [Trouble; 12] = [
    Trouble::Nothing,
    Trouble::Nothing,
    Trouble::Bus,
    Trouble::Bus,
    Trouble::Silence,
    Trouble::Silence,
    Trouble::Cut,
    Trouble::Closed,
    Trouble::Database,
    Trouble::Database,
    Trouble::Drain,
    Trouble::Drain,
];

/// Kills a node, and starts it again after a while. All is well again at the end.
pub async fn strike(site: &mut Site, dice: &mut Dice, tally: &Tally) {
    let victim = dice.below(site.nodes.len() as u64) as usize;
    let cut_off = dice.below(site.nodes.len() as u64) as usize;
    let trouble = *dice.pick(&TROUBLES);
    begin(trouble, site, (victim, cut_off), tally).await;
    // Nodes notice within four seconds that others are silent: most troubles are over before.
    let lasting = if dice.happens(1, 4) { 4_000..=7_000 } else { 0..=800 };
    sleep(dice.millis(lasting)).await;
    tally.caught.some(tally.in_flight());
    tally.kills.one();
    site.nodes[victim].sigkill().await;
    sleep(dice.millis(0..=800)).await;
    if let (Trouble::Database, Some(postgres)) = (trouble, &site.postgres) {
        block_in_place(|| postgres.restart());
    }
    site.nodes[victim].restart().await;
    sleep(dice.millis(0..=800)).await;
    end(trouble, site, cut_off);
}

async fn begin(trouble: Trouble, site: &mut Site, (victim, cut_off): (usize, usize), tally: &Tally) {
    let Site { nodes, postgres, bus: Some(bus), .. } = site else { panic!("it is a cluster") };
    match trouble {
        Trouble::Nothing => {}
        Trouble::Bus => {
            tally.bus_kills.one();
            block_in_place(|| bus.server.stop());
        }
        Trouble::Silence | Trouble::Cut | Trouble::Closed => {
            tally.bus_cuts.one();
            match trouble {
                Trouble::Silence => bus.lines[cut_off].silence(),
                Trouble::Cut => bus.lines[cut_off].cut(),
                _ => bus.lines[cut_off].close(),
            }
        }
        Trouble::Database => {
            tally.database_kills.one();
            block_in_place(|| postgres.as_ref().expect("nodes share one").sigkill());
        }
        Trouble::Drain => {
            tally.drains.one();
            drain(&mut nodes[1 - victim]).await;
        }
    }
}

/// Stops a node as an upgrade does, and starts it again.
async fn drain(node: &mut Server) {
    let status = node.sigterm().await;
    assert!(status.success(), "a node that is asked to stop does so in good order: {status}");
    sleep(Duration::from_millis(100)).await;
    node.restart().await;
}

fn end(trouble: Trouble, site: &mut Site, cut_off: usize) {
    let Some(bus) = &mut site.bus else { return };
    match trouble {
        Trouble::Bus => block_in_place(|| bus.server.restart()),
        Trouble::Silence => {
            bus.lines[cut_off].cut();
            bus.lines[cut_off].mend();
        }
        Trouble::Closed => bus.lines[cut_off].mend(),
        Trouble::Nothing | Trouble::Cut | Trouble::Database | Trouble::Drain => {}
    }
}
