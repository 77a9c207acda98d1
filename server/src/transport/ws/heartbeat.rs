//! Detects dead peers. One task visits all connections, a share of them at a time: a timer per connection would cost more
//! than its pings.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::handle::{ConnectionHandle, End};
use crate::websocket::frame::close_code;

/// How often a connection is visited. One that was pinged and sent nothing until the next visit is dead: a peer that
/// vanished is noticed within two rounds, 24 s.
pub const ROUND: Duration = Duration::from_secs(12);

/// How many shares the connections have.
const SHARES: u32 = 48;

/// All connections, in shares.
#[derive(Default)]
pub struct Heartbeat(Mutex<Shares>);

#[derive(Default)]
struct Shares {
    shares: Vec<Vec<Weak<ConnectionHandle>>>,
    next: usize,
    stopped: bool,
}

impl Heartbeat {
    /// Adds a connection, in the next share in turn.
    pub fn add(&self, handle: &Arc<ConnectionHandle>) {
        let mut all = self.all();
        if all.stopped {
            return handle.end(STOPPED);
        }
        all.shares.resize_with(SHARES as usize, Vec::new);
        let share = all.next;
        all.next = (share + 1) % all.shares.len();
        all.shares[share].push(Arc::downgrade(handle));
    }

    /// Visits the shares in turn until the server stops; then ends every connection.
    pub async fn run(&self, stop: CancellationToken) {
        let every = ROUND / SHARES;
        let mut ticks = interval_at(Instant::now() + every, every);
        // A late round is not made up for: peers need their time to answer.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut share = 0;
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return self.stop(),
            }
            self.take(share).iter().for_each(|handle| handle.beat());
            share = (share + 1) % SHARES as usize;
        }
    }

    fn stop(&self) {
        self.all().stopped = true;
        for share in 0..SHARES as usize {
            self.take(share).iter().for_each(|handle| handle.end(STOPPED));
        }
    }

    /// The open connections of a share; ended ones are removed from it.
    fn take(&self, share: usize) -> Vec<Arc<ConnectionHandle>> {
        let mut all = self.all();
        let Some(share) = all.shares.get_mut(share) else { return Vec::new() };
        let mut open = Vec::with_capacity(share.len());
        share.retain(|handle| handle.upgrade().map(|handle| open.push(handle)).is_some());
        open
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Shares> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const STOPPED: End = End::Close(close_code::GOING_AWAY, "the server stops");
