//! The delay before the next attempt to connect: exponential with full jitter, so that the clients of a server that
//! restarts do not come back all at once.

const BASE_MS: u32 = 250;
const MAX_MS: u32 = 10_000;

/// The attempts since the last success.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The next delay in milliseconds; `random` is uniform in 0..1.
    pub(super) fn next_ms(&mut self, random: f64) -> u32 {
        let ceiling = BASE_MS.saturating_mul(1 << self.attempts.min(10)).min(MAX_MS);
        self.attempts += 1;
        (f64::from(ceiling) * random) as u32
    }

    /// Starts over after a success, or when the network may have come back.
    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_maximum() {
        let mut backoff = Backoff::default();
        let delays: Vec<u32> = (0..8).map(|_| backoff.next_ms(1.0)).collect();
        assert_eq!(delays, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
        backoff.reset();
        assert_eq!(backoff.next_ms(0.5), 125);
    }

    #[test]
    fn jitter_covers_the_whole_range() {
        let mut backoff = Backoff::default();
        let delays: Vec<u32> = [0.0, 0.1, 0.999, 0.5].map(|random| backoff.next_ms(random)).to_vec();
        assert_eq!(delays, [0, 50, 999, 1_000]);
        for _ in 0..100 {
            backoff.next_ms(0.0);
        }
        assert_eq!(backoff.next_ms(0.9), 9_000);
    }
}
