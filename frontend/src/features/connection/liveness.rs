//! Detects a dead connection. A network that drops packets leaves a socket that looks open for minutes, and browsers hide
//! WebSocket pings from pages: after a silence the page sends a ping of its own and expects an answer.

/// The silence after which a ping is sent, in milliseconds.
const PING_AFTER_MS: u64 = 15_000;

/// How long a pong may take, in milliseconds. Silence, this and one tick together stay below the half minute within which
/// a loss must be noticed.
const PONG_TIMEOUT_MS: u64 = 10_000;

/// How long the welcome may take, in milliseconds: it may be large, and the network slow.
const WELCOME_TIMEOUT_MS: u64 = 25_000;

/// How long a pong may take when the network has changed or the page has slept, in milliseconds.
const PROBE_TIMEOUT_MS: u64 = 3_000;

/// What to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Nothing,
    SendPing,
    /// No answer came in time.
    Disconnect,
}

/// When a frame was last received and when the last question was asked, in milliseconds of a clock that may be set.
#[derive(Debug)]
pub(super) struct Liveness {
    received_at: u64,
    asked_at: Option<u64>,
    timeout_ms: u64,
}

impl Liveness {
    /// Starts with a question: `hello`, which the welcome answers.
    pub(super) fn awaiting_welcome(now: u64) -> Self {
        Self { received_at: now, asked_at: Some(now), timeout_ms: WELCOME_TIMEOUT_MS }
    }

    /// Notes a received frame; any frame is an answer.
    pub(super) fn received(&mut self, now: u64) {
        *self = Self { received_at: now, asked_at: None, timeout_ms: PONG_TIMEOUT_MS };
    }

    /// Asks at once, unless an answer is due anyway.
    pub(super) fn probe(&mut self, now: u64) -> Action {
        match self.tick(now) {
            Action::Nothing if self.asked_at.is_none() => {
                self.timeout_ms = PROBE_TIMEOUT_MS;
                self.ask(now)
            }
            action => action,
        }
    }

    /// Checks the clock.
    pub(super) fn tick(&mut self, now: u64) -> Action {
        // A clock that was set back would otherwise make silences of hours.
        self.received_at = self.received_at.min(now);
        self.asked_at = self.asked_at.map(|asked| asked.min(now));
        match self.asked_at {
            Some(asked) if now - asked >= self.timeout_ms => Action::Disconnect,
            Some(_) => Action::Nothing,
            None if now - self.received_at >= PING_AFTER_MS => self.ask(now),
            None => Action::Nothing,
        }
    }

    fn ask(&mut self, now: u64) -> Action {
        self.asked_at = Some(now);
        Action::SendPing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The actions at each of these seconds, with the seconds at which there was one.
    fn actions(liveness: &mut Liveness, seconds: std::ops::RangeInclusive<u64>) -> Vec<(u64, Action)> {
        seconds.map(|s| (s, liveness.tick(s * 1_000))).filter(|(_, a)| *a != Action::Nothing).collect()
    }

    #[test]
    fn silence_is_pinged_and_a_loss_noticed_within_half_a_minute() {
        let mut liveness = Liveness::awaiting_welcome(0);
        liveness.received(0);
        assert_eq!(actions(&mut liveness, 0..=25), [(15, Action::SendPing), (25, Action::Disconnect)]);
    }

    #[test]
    fn any_frame_answers_a_ping() {
        let mut liveness = Liveness::awaiting_welcome(0);
        liveness.received(0);
        assert_eq!(actions(&mut liveness, 0..=20), [(15, Action::SendPing)]);
        liveness.received(20_000);
        assert_eq!(actions(&mut liveness, 20..=40), [(35, Action::SendPing)]);
    }

    #[test]
    fn hello_without_a_welcome_is_a_loss() {
        assert_eq!(actions(&mut Liveness::awaiting_welcome(0), 0..=25), [(25, Action::Disconnect)]);
    }

    #[test]
    fn a_probe_asks_at_once_and_only_once() {
        let mut liveness = Liveness::awaiting_welcome(0);
        liveness.received(0);
        assert_eq!(liveness.probe(1_000), Action::SendPing);
        assert_eq!(liveness.probe(2_000), Action::Nothing);
        assert_eq!(liveness.tick(3_999), Action::Nothing);
        assert_eq!(liveness.tick(4_000), Action::Disconnect);
    }

    #[test]
    fn a_clock_that_is_set_back_delays_a_ping_by_one_silence_at_most() {
        let mut liveness = Liveness::awaiting_welcome(3_600_000);
        liveness.received(3_600_000);
        assert_eq!(actions(&mut liveness, 100..=114), []);
        assert_eq!(liveness.tick(115_000), Action::SendPing);
        assert_eq!(actions(&mut liveness, 50..=60), [(60, Action::Disconnect)]);
    }
}
