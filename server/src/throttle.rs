//! Limits log lines that any client can cause, so that they do not fill the log.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The shortest time between two lines of one kind.
const INTERVAL: Duration = Duration::from_secs(60);

/// The limit of one kind of log line.
pub struct Throttle(Mutex<Lines>);

struct Lines {
    last: Option<Instant>,
    /// How many lines were suppressed since the last.
    suppressed: u64,
}

/// How many lines of the same kind were suppressed since the last one. It is written behind a line's sentence, and is
/// empty where there were none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suppressed(u64);

impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            count => write!(f, " (and {count} more since the last such line)"),
        }
    }
}

impl Throttle {
    /// The limit of a kind that was not logged yet.
    pub const fn new() -> Self {
        Self(Mutex::new(Lines { last: None, suppressed: 0 }))
    }

    /// How many lines were suppressed, where one may be logged now, which then counts as logged. None counts this line
    /// as suppressed.
    pub fn pass(&self) -> Option<Suppressed> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.last.is_some_and(|last| last.elapsed() < INTERVAL) {
            lines.suppressed += 1;
            return None;
        }
        lines.last = Some(Instant::now());
        Some(Suppressed(std::mem::take(&mut lines.suppressed)))
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
    fn second_line_within_a_minute_is_suppressed_and_counted() {
        let throttle = Throttle::new();
        assert_eq!(throttle.pass(), Some(Suppressed(0)));
        assert_eq!((throttle.pass(), throttle.pass()), (None, None));
        assert_eq!(Throttle::new().pass(), Some(Suppressed(0)), "kinds do not share a limit");
        throttle.0.lock().unwrap().last = None;
        let suppressed = throttle.pass().unwrap();
        assert_eq!(suppressed.to_string(), " (and 2 more since the last such line)");
        throttle.0.lock().unwrap().last = None;
        assert_eq!(throttle.pass().unwrap().to_string(), "");
    }
}
