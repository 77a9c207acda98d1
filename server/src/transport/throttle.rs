//! Limits log lines that any client can cause, so that they do not fill the log.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The shortest time between two lines of one kind.
const INTERVAL: Duration = Duration::from_secs(60);

/// The limit of one kind of log line.
pub struct Throttle(Mutex<Option<Instant>>);

impl Throttle {
    /// The limit of a kind that was not logged yet.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Whether a line may be logged now, which then counts as logged.
    pub fn allow(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let allowed = last.is_none_or(|last| last.elapsed() >= INTERVAL);
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
    fn second_line_within_a_minute_is_refused() {
        let throttle = Throttle::new();
        assert!(throttle.allow());
        assert!(!throttle.allow());
        assert!(Throttle::new().allow(), "kinds do not share a limit");
    }
}
