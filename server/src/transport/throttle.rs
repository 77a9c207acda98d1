//! Keeps a log line that anybody on the network can cause from filling the log.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often one kind of line is logged at most.
const EVERY: Duration = Duration::from_secs(60);

/// One kind of log line.
pub struct Throttle(Mutex<Option<Instant>>);

impl Throttle {
    /// A kind that has not been logged yet.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether the line may be logged now: once a minute.
    pub fn allow(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let allowed = last.is_none_or(|last| last.elapsed() >= EVERY);
        if allowed {
            *last = Some(Instant::now());
        }
        allowed
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_line_within_a_minute_is_dropped() {
        let throttle = Throttle::new();
        assert!(throttle.allow());
        assert!(!throttle.allow());
        assert!(Throttle::new().allow(), "kinds do not share a limit");
    }
}
