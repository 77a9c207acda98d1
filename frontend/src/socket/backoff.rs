//! How long to wait before the next attempt: exponential with full jitter, so that the clients of a server that
//! restarts do not come back all at once.

const BASE_MILLIS: u32 = 250;
const MOST_MILLIS: u32 = 10_000;

/// The attempts made since the last success.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The next wait in milliseconds; `random` is uniform in 0..1.
    pub(super) fn next(&mut self, random: f64) -> u32 {
        let ceiling = BASE_MILLIS.saturating_mul(1 << self.attempts.min(10)).min(MOST_MILLIS);
        self.attempts += 1;
        (f64::from(ceiling) * random) as u32
    }

    /// It worked, or there is reason to hope.
    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_most() {
        let mut backoff = Backoff::default();
        let waits: Vec<u32> = (0..8).map(|_| backoff.next(1.0)).collect();
        assert_eq!(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        backoff.reset();
        assert_eq!(backoff.next(0.5), 125);
    }

    #[test]
    fn any_wait_up_to_the_ceiling_may_come() {
        let mut backoff = Backoff::default();
        let waits: Vec<u32> = [0.0, 0.1, 0.999, 0.5].map(|random| backoff.next(random)).to_vec();
        assert_eq!(waits, [0, 50, 999, 1_000]);
        for _ in 0..100 {
            backoff.next(0.0);
        }
        assert_eq!(backoff.next(0.9), 9_000);
    }
}
