//! What is counted while a trial runs.

use std::{
    fmt,
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub fn one(&self) {
        self.some(1);
    }

    pub fn some(&self, number: usize) {
        self.0.fetch_add(number as u64, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In groups of three: millions are to be read at a glance.
        let digits = self.get().to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

/// What happened, in numbers.
#[derive(Debug, Default)]
pub struct Tally {
    /// Messages and changes of messages acknowledged, each once.
    pub acked: Count,
    /// Messages sent and not answered now.
    in_flight: AtomicI64,
    /// Commands sent again, after a loss or for no reason.
    pub again: Count,
    /// Messages sent over two sockets at once.
    pub twice: Count,
    /// Changes of messages sent, and those of them that were refused.
    pub altered: Count,
    pub refused: Count,
    /// Marks of unread sent.
    pub unread: Count,
    /// Messages sent that reply to others.
    pub replies: Count,
    /// Threads followed by hand, or not any more, and positions in threads sent.
    pub follows: Count,
    pub thread_reads: Count,
    /// Groups renamed, joined and left.
    pub changes: Count,
    /// Events delivered over connections.
    pub delivered: Count,
    /// Events fetched over HTTP.
    pub fetched: Count,
    /// Gaps that the reducer asked to be filled.
    pub gaps: Count,
    /// Welcomes after which a connection was in use.
    pub welcomes: Count,
    /// Connections that ended or could not be made.
    pub lost: Count,
    /// How often a tab stopped reading for a while, and how often one got `lagged`.
    pub pauses: Count,
    pub lagged: Count,
    /// Pages reloaded.
    pub reloads: Count,
    /// The nemesis: the server killed, and how many messages were on their way then.
    pub kills: Count,
    pub caught: Count,
    /// The nemesis, too: nodes stopped in good order, the database and the bus killed, nodes cut off from the bus.
    pub drains: Count,
    pub database_kills: Count,
    pub bus_kills: Count,
    pub bus_cuts: Count,
    /// Connections that the proxies led to a server, by its number.
    pub led_to: [Count; 2],
    /// The proxy: connections cut off, with one direction ended, with one that leads nowhere, and with slow ones.
    pub cuts: Count,
    pub half_closes: Count,
    pub black_holes: Count,
    pub slow: Count,
}

impl Tally {
    /// Messages sent and not answered now.
    pub fn in_flight(&self) -> usize {
        usize::try_from(self.in_flight.load(Ordering::Relaxed)).unwrap_or(0)
    }

    pub fn sent(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// So many need no answer any more.
    pub fn answered(&self, number: usize) {
        self.in_flight.fetch_sub(number as i64, Ordering::Relaxed);
    }
}
