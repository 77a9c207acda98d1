//! The progress of a connection's request or answer: whether it waits for the client, and since when.

use std::time::{Duration, Instant};

/// How long a client may leave an answer unread: as long as a WebSocket may be silent. The kernel ends a connection
/// whose peer acknowledges nothing for as long (TCP_USER_TIMEOUT).
pub const STALLED_ANSWER_TIMEOUT: Duration = Duration::from_secs(24);

/// How fast a client has to read an answer, in bytes a second on average, beyond [`STALLED_ANSWER_TIMEOUT`].
const MIN_ANSWER_RATE: u64 = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// A request, the rest of one, or the `hello` of a WebSocket is awaited.
    Request,
    /// The server is handling a request.
    Working,
    /// An answer is being sent, or was sent and nothing was read since.
    Answer,
}

/// The progress of one connection.
#[derive(Debug)]
pub(super) struct Progress {
    phase: Phase,
    /// When the phase began; of a request: when its first byte was read.
    since: Instant,
    /// When the last answer began, until the next request is complete: the client may begin that while it reads.
    answer_began: Option<Instant>,
    /// How many bytes of the answer the kernel accepted.
    sent: u64,
}

impl Progress {
    pub(super) fn new(now: Instant) -> Self {
        Self { phase: Phase::Request, since: now, answer_began: None, sent: 0 }
    }

    pub(super) fn bytes_read(&mut self, now: Instant) {
        if self.phase == Phase::Answer {
            self.receiving(now);
        }
    }

    pub(super) fn bytes_sent(&mut self, count: usize) {
        self.sent += count as u64;
    }

    pub(super) fn request_began(&mut self, now: Instant) -> Instant {
        // In another phase the request was pipelined: it was read together with the one before.
        let began = if self.phase == Phase::Request { self.since } else { now };
        self.working();
        began
    }

    pub(super) fn working(&mut self) {
        (self.phase, self.answer_began) = (Phase::Working, None);
    }

    pub(super) fn receiving(&mut self, since: Instant) {
        (self.phase, self.since) = (Phase::Request, since);
    }

    pub(super) fn answering(&mut self, now: Instant) {
        *self = Self { phase: Phase::Answer, since: now, answer_began: Some(now), sent: 0 };
    }

    /// Since when the server waits for the client; none while it is working.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        (self.phase != Phase::Working).then_some(self.since)
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        let time = STALLED_ANSWER_TIMEOUT + Duration::from_secs(self.sent / MIN_ANSWER_RATE);
        self.answer_began.is_some_and(|began| now.duration_since(began) > time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_is_overdue_below_the_minimum_rate() {
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
        assert!(
            progress.is_overdue(after(35)),
            "the first byte of the next request does not extend the time"
        );
        progress.request_began(after(35));
        assert!(!progress.is_overdue(after(60)));
    }

    #[test]
    fn request_begins_with_its_first_byte() {
        let begun = Instant::now();
        let later = begun + Duration::from_secs(5);
        let mut progress = Progress::new(begun);
        assert_eq!(progress.request_began(later), begun);
        progress.answering(begun);
        progress.bytes_read(later);
        progress.bytes_read(later + Duration::from_secs(1));
        assert_eq!(progress.request_began(later + Duration::from_secs(2)), later);
    }
}
