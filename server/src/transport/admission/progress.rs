//! How far a connection has come with its request or answer, and for whom it waits.

use std::time::{Duration, Instant};

/// How long a client may leave an answer without taking anything of it: as long as two rounds of the WebSockets'
/// heartbeat. The system ends a connection that acknowledges nothing for as long.
pub const UNREAD_TIME: Duration = Duration::from_secs(24);

/// How fast a client has to take an answer, in bytes a second on average, beyond [`UNREAD_TIME`].
const LEAST_ANSWER_RATE: u64 = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// A request is awaited, or the rest of one, or the `hello` of a WebSocket.
    Request,
    /// The server has something to do.
    Working,
    /// An answer is on its way, or was the last thing that was.
    Answer,
}

#[derive(Debug)]
pub(super) struct Progress {
    phase: Phase,
    /// When the phase began; of a request: when its first byte came.
    since: Instant,
    /// When the last answer began, until the next request is there. The client may send of that while it reads.
    answered: Option<Instant>,
    /// How many bytes of the answer the system took.
    sent: u64,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self { phase: Phase::Request, since: now, answered: None, sent: 0 }
    }

    pub(super) fn bytes_read(&mut self, now: Instant) {
        if self.phase == Phase::Answer {
            self.receiving(now);
        }
    }

    pub(super) fn bytes_sent(&mut self, count: usize) {
        self.sent += count as u64;
    }

    pub(super) fn request_begun(&mut self, now: Instant) -> Instant {
        // Requests that came together: nothing was read since the answer to the one before.
        let begun = if self.phase == Phase::Request { self.since } else { now };
        self.working();
        begun
    }

    pub(super) fn working(&mut self) {
        (self.phase, self.answered) = (Phase::Working, None);
    }

    pub(super) fn receiving(&mut self, since: Instant) {
        (self.phase, self.since) = (Phase::Request, since);
    }

    pub(super) fn answering(&mut self, now: Instant) {
        *self = Self { phase: Phase::Answer, since: now, answered: Some(now), sent: 0 };
    }

    /// Since when the client has to do something; none where the server has.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        (self.phase != Phase::Working).then_some(self.since)
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        let time = UNREAD_TIME + Duration::from_secs(self.sent / LEAST_ANSWER_RATE);
        self.answered.is_some_and(|answered| now.duration_since(answered) > time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_to_be_taken_at_the_least_rate() {
        let begun = Instant::now();
        let after = |seconds| begun + Duration::from_secs(seconds);
        let mut progress = Progress::new(begun);
        assert!(!progress.is_overdue(after(60)), "requests have a deadline of their own");
        progress.working();
        assert!(!progress.is_overdue(after(60)));
        progress.answering(begun);
        assert!(!progress.is_overdue(after(24)));
        assert!(progress.is_overdue(after(25)));
        progress.bytes_sent(10 * 1024);
        assert!(!progress.is_overdue(after(34)));
        assert!(progress.is_overdue(after(35)));
        progress.bytes_read(after(30));
        assert!(progress.is_overdue(after(35)), "the next request's first byte changes nothing");
        progress.request_begun(after(35));
        assert!(!progress.is_overdue(after(60)));
    }

    #[test]
    fn a_request_begins_with_its_first_byte() {
        let begun = Instant::now();
        let later = begun + Duration::from_secs(5);
        let mut progress = Progress::new(begun);
        assert_eq!(progress.request_begun(later), begun);
        progress.answering(begun);
        progress.bytes_read(later);
        progress.bytes_read(later + Duration::from_secs(1));
        assert_eq!(progress.request_begun(later + Duration::from_secs(2)), later);
    }
}
