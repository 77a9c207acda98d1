//! How far events have arrived at a peer of the demo's dialect, which has no acknowledgements: every browser answers a
//! ping behind the events with a pong, and that confirms all events before it.

use std::time::{Duration, Instant};

use confab_shared::id::{ConversationId, Seq};
use rustc_hash::FxHashMap;

/// The shortest time between two pings. A peer that vanishes in between gets the messages since the last one again.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// The events that were written and those that arrived.
#[derive(Default)]
pub(super) struct Receipts {
    /// Written, and not confirmed.
    unconfirmed: FxHashMap<ConversationId, Seq>,
    /// Confirmed once the ping of this number is answered.
    pinged: Option<(u64, FxHashMap<ConversationId, Seq>)>,
    pings: u64,
    /// When the next ping may be sent.
    next_ping_at: Option<Instant>,
    /// Whether a timer for that is set.
    timer_set: bool,
}

/// How to get the next confirmation.
pub(super) enum NextPing {
    /// Send a ping with this payload.
    Send([u8; 8]),
    /// Call [`Receipts::next_ping`] again at this time.
    Wait(Instant),
}

impl Receipts {
    /// Records that an event was written.
    pub(super) fn written(&mut self, id: ConversationId, seq: Seq) {
        self.unconfirmed.insert(id, seq);
    }

    /// The next ping, where events are unconfirmed: one at a time, at most one for each [`PING_INTERVAL`].
    pub(super) fn next_ping(&mut self) -> Option<NextPing> {
        if self.pinged.is_some() || self.unconfirmed.is_empty() {
            return None;
        }
        let now = Instant::now();
        match self.next_ping_at {
            Some(at) if now < at => {
                (!std::mem::replace(&mut self.timer_set, true)).then_some(NextPing::Wait(at))
            }
            _ => {
                self.next_ping_at = Some(now + PING_INTERVAL);
                self.timer_set = false;
                self.pings += 1;
                self.pinged = Some((self.pings, std::mem::take(&mut self.unconfirmed)));
                Some(NextPing::Send(self.pings.to_be_bytes()))
            }
        }
    }

    /// The events that a pong confirms. Only one ping is unanswered at a time, and every ping carries its number until
    /// then: a peer need answer only the newest (RFC 6455, 5.5.3).
    pub(super) fn confirmed(&mut self, payload: &[u8]) -> Option<FxHashMap<ConversationId, Seq>> {
        let answered = self.pinged.take_if(|(number, _)| number.to_be_bytes() == payload);
        answered.map(|(_, confirmed)| confirmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIP: ConversationId = ConversationId(7);

    #[test]
    fn one_ping_at_a_time_and_later_events_wait_for_the_next() {
        let mut receipts = Receipts::default();
        assert!(receipts.next_ping().is_none(), "nothing was written");
        receipts.written(TRIP, Seq(1));
        let Some(NextPing::Send(first)) = receipts.next_ping() else { panic!("no ping") };
        receipts.written(TRIP, Seq(2));
        assert!(receipts.next_ping().is_none(), "one is unanswered");
        assert!(receipts.confirmed(b"another").is_none());
        assert_eq!(receipts.confirmed(&first).unwrap()[&TRIP], Seq(1));
        let Some(NextPing::Wait(at)) = receipts.next_ping() else { panic!("too soon, or never") };
        assert!(receipts.next_ping().is_none(), "a timer is set");
        receipts.next_ping_at = Some(at - PING_INTERVAL);
        let Some(NextPing::Send(second)) = receipts.next_ping() else { panic!("it was time") };
        assert!(receipts.confirmed(&first).is_none(), "an old pong");
        assert_eq!(receipts.confirmed(&second).unwrap()[&TRIP], Seq(2));
        assert!(receipts.next_ping().is_none());
    }
}
