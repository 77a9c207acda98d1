//! Whether anybody is at the other end. A network that swallows what is sent leaves a socket that looks open for
//! minutes, and the server's pings are hidden from a page: after a silence the page asks, and expects an answer.

/// A silence longer than this is asked about, in milliseconds.
const SILENCE_MILLIS: u64 = 15_000;

/// How long an answer may take, in milliseconds. Together with the silence, and a look every second, this is below
/// the half minute within which a loss is to be noticed.
const PATIENCE_MILLIS: u64 = 10_000;

/// How long the answer to a greeting may take: a welcome may be large, and a line slow.
const GREETING_MILLIS: u64 = 25_000;

/// How long an answer may take where there is reason to doubt: the network has changed, or the page was asleep.
const DOUBT_MILLIS: u64 = 3_000;

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Fine,
    /// It has been silent for long: to be asked.
    Ask,
    /// No answer came.
    Lost,
}

/// What was heard and asked last. Times are milliseconds of a clock that may be set.
#[derive(Debug)]
pub(super) struct Liveness {
    heard_at: u64,
    asked_at: Option<u64>,
    /// How long the answer may take.
    patience: u64,
}

impl Liveness {
    /// Begins with a question, the greeting.
    pub(super) fn asking(now: u64) -> Self {
        Self { heard_at: now, asked_at: Some(now), patience: GREETING_MILLIS }
    }

    /// Something came. Whatever it is, it answers.
    pub(super) fn heard(&mut self, now: u64) {
        *self = Self { heard_at: now, asked_at: None, patience: PATIENCE_MILLIS };
    }

    /// There is reason to doubt: asks at once, unless an answer is due anyway.
    pub(super) fn doubt(&mut self, now: u64) -> Verdict {
        match self.look(now) {
            Verdict::Fine if self.asked_at.is_none() => {
                self.patience = DOUBT_MILLIS;
                self.ask(now)
            }
            verdict => verdict,
        }
    }

    /// Looks at the clock.
    pub(super) fn look(&mut self, now: u64) -> Verdict {
        // A clock that was set back would otherwise make silences of hours.
        self.heard_at = self.heard_at.min(now);
        self.asked_at = self.asked_at.map(|asked| asked.min(now));
        match self.asked_at {
            Some(asked) if now - asked >= self.patience => Verdict::Lost,
            Some(_) => Verdict::Fine,
            None if now - self.heard_at >= SILENCE_MILLIS => self.ask(now),
            None => Verdict::Fine,
        }
    }

    fn ask(&mut self, now: u64) -> Verdict {
        self.asked_at = Some(now);
        Verdict::Ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which something is to be done, of those that are looked at.
    fn done(liveness: &mut Liveness, seconds: std::ops::RangeInclusive<u64>) -> Vec<(u64, Verdict)> {
        seconds.map(|s| (s, liveness.look(s * 1_000))).filter(|(_, v)| *v != Verdict::Fine).collect()
    }

    #[test]
    fn a_silence_is_asked_about_and_its_loss_noticed_within_half_a_minute() {
        let mut liveness = Liveness::asking(0);
        liveness.heard(0);
        assert_eq!(done(&mut liveness, 0..=25), [(15, Verdict::Ask), (25, Verdict::Lost)]);
    }

    #[test]
    fn whatever_comes_answers() {
        let mut liveness = Liveness::asking(0);
        liveness.heard(0);
        assert_eq!(done(&mut liveness, 0..=20), [(15, Verdict::Ask)]);
        liveness.heard(20_000);
        assert_eq!(done(&mut liveness, 20..=40), [(35, Verdict::Ask)]);
    }

    #[test]
    fn a_greeting_that_is_not_answered_is_a_loss() {
        assert_eq!(done(&mut Liveness::asking(0), 0..=25), [(25, Verdict::Lost)]);
    }

    #[test]
    fn a_doubt_asks_at_once_and_only_once() {
        let mut liveness = Liveness::asking(0);
        liveness.heard(0);
        assert_eq!(liveness.doubt(1_000), Verdict::Ask);
        assert_eq!(liveness.doubt(2_000), Verdict::Fine);
        assert_eq!(liveness.look(3_999), Verdict::Fine);
        assert_eq!(liveness.look(4_000), Verdict::Lost);
    }

    #[test]
    fn a_clock_that_is_set_back_delays_no_question_by_more_than_a_silence() {
        let mut liveness = Liveness::asking(3_600_000);
        liveness.heard(3_600_000);
        assert_eq!(done(&mut liveness, 100..=114), []);
        assert_eq!(liveness.look(115_000), Verdict::Ask);
        assert_eq!(done(&mut liveness, 50..=60), [(60, Verdict::Lost)]);
    }
}
