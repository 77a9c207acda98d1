//! Finds out which peers are still there. One task goes round all connections, a share of them at a time: a timer per
//! connection would cost each more than its pings do.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::handle::{ConnectionHandle, End};
use crate::websocket::frame::close_code;

/// How often a connection is looked at. One that was asked and said nothing until the next time is gone: a peer that
/// vanished is noticed within two rounds, 24 s.
pub const ROUND: Duration = Duration::from_secs(12);

/// How many shares a round has.
const SHARES: u32 = 48;

/// Every connection, in shares.
#[derive(Default)]
pub struct Heartbeat(Mutex<Shares>);

#[derive(Default)]
struct Shares {
    shares: Vec<Vec<Weak<ConnectionHandle>>>,
    next: usize,
    stopped: bool,
}

impl Heartbeat {
    /// Goes round with a connection too, from now on.
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

    /// Goes round until the server stops; then ends every connection.
    pub async fn run(&self, stop: CancellationToken) {
        let every = ROUND / SHARES;
        let mut ticks = interval_at(Instant::now() + every, every);
        // Late is late: peers need their time to answer.
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

    /// The connections of a share; those that have ended are forgotten.
    fn take(&self, share: usize) -> Vec<Arc<ConnectionHandle>> {
        let mut all = self.all();
        let Some(share) = all.shares.get_mut(share) else { return Vec::new() };
        let mut living = Vec::with_capacity(share.len());
        share.retain(|handle| handle.upgrade().map(|handle| living.push(handle)).is_some());
        living
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Shares> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const STOPPED: End = End::Close(close_code::GOING_AWAY, "the server stops");
