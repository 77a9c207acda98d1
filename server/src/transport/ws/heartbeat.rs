//! Detects dead peers. One task visits all connections, a shard of them at a time: a timer per connection would cost
//! more than its pings.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};
use tokio_util::sync::CancellationToken;

use super::handle::{ConnectionHandle, End};
use crate::websocket::frame::close_code;

/// How often a connection is visited. One that was pinged and sent nothing until the next visit is dead, so a vanished
/// peer is detected within two intervals, 24 s.
const INTERVAL: Duration = Duration::from_secs(12);

/// The number of shards.
const SHARDS: u32 = 48;

/// All connections, in shards that are visited in turn.
#[derive(Default)]
pub struct Heartbeat(Mutex<Shards>);

#[derive(Default)]
struct Shards {
    shards: Vec<Vec<Weak<ConnectionHandle>>>,
    next: usize,
    stopped: bool,
}

impl Heartbeat {
    /// Adds a connection, to the next shard in turn.
    pub fn add(&self, handle: &Arc<ConnectionHandle>) {
        let mut all = self.shards();
        if all.stopped {
            return handle.end(STOPPED);
        }
        all.shards.resize_with(SHARDS as usize, Vec::new);
        let shard = all.next;
        all.next = (shard + 1) % all.shards.len();
        all.shards[shard].push(Arc::downgrade(handle));
    }

    /// Visits the shards in turn until the server stops; then ends every connection, a shard after the other over `drain`.
    pub async fn run(&self, stop: CancellationToken, drain: Duration) {
        let tick = INTERVAL / SHARDS;
        let mut ticks = interval_at(Instant::now() + tick, tick);
        // Late ticks are not made up for: peers need the whole interval to answer.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut shard = 0;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return self.stop(drain).await,
            }
            self.open_connections(shard).iter().for_each(|handle| handle.check_alive());
            shard = (shard + 1) % SHARDS as usize;
        }
    }

    async fn stop(&self, drain: Duration) {
        self.shards().stopped = true;
        for shard in 0..SHARDS as usize {
            self.open_connections(shard).iter().for_each(|handle| handle.end(STOPPED));
            if !drain.is_zero() {
                sleep(drain / SHARDS).await;
            }
        }
    }

    /// The open connections of a shard; ended ones are removed from it.
    fn open_connections(&self, shard: usize) -> Vec<Arc<ConnectionHandle>> {
        let mut all = self.shards();
        let Some(shard) = all.shards.get_mut(shard) else { return Vec::new() };
        let mut open = Vec::with_capacity(shard.len());
        shard.retain(|handle| handle.upgrade().map(|handle| open.push(handle)).is_some());
        open
    }

    fn shards(&self) -> MutexGuard<'_, Shards> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const STOPPED: End = End::Close(close_code::GOING_AWAY, "the server stops");
