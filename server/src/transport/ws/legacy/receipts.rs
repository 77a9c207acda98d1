//! What has arrived at a peer of the demo's dialect, which says nothing of it: a ping behind what was written is
//! answered by every browser, and its pong says that all before it is there.

use std::time::{Duration, Instant};

use confab_shared::id::{ConversationId, Seq};
use rustc_hash::FxHashMap;

/// How often a connection is asked at most. Whoever is gone in between gets the messages since again.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// How far what was written has arrived.
#[derive(Default)]
pub(super) struct Receipts {
    /// What was written and is not known to have arrived.
    unconfirmed: FxHashMap<ConversationId, Seq>,
    /// What has arrived once the ping of this number is answered.
    pinged: Option<(u64, FxHashMap<ConversationId, Seq>)>,
    pings: u64,
    /// From when on it may be asked again.
    ask_from: Option<Instant>,
    /// Whether somebody looks again then.
    looking: bool,
}

/// What is to be done to learn what has arrived.
pub(super) enum Question {
    /// A ping with this payload is to be written.
    Ask([u8; 8]),
    /// It may be asked then.
    Later(Instant),
}

impl Receipts {
    /// A message was written.
    pub(super) fn written(&mut self, id: ConversationId, seq: Seq) {
        self.unconfirmed.insert(id, seq);
    }

    /// Whether there is something to ask: one question at a time, and not too often.
    pub(super) fn question(&mut self) -> Option<Question> {
        if self.pinged.is_some() || self.unconfirmed.is_empty() {
            return None;
        }
        let now = Instant::now();
        match self.ask_from {
            Some(from) if now < from => {
                (!std::mem::replace(&mut self.looking, true)).then_some(Question::Later(from))
            }
            _ => {
                self.ask_from = Some(now + ASK_EVERY);
                self.looking = false;
                self.pings += 1;
                self.pinged = Some((self.pings, std::mem::take(&mut self.unconfirmed)));
                Some(Question::Ask(self.pings.to_be_bytes()))
            }
        }
    }

    /// What a pong says to have arrived. Only one ping is under way at a time, and every ping carries its number until it
    /// is answered: a peer need answer only the newest (RFC 6455, 5.5.3).
    pub(super) fn answered(&mut self, payload: &[u8]) -> Option<FxHashMap<ConversationId, Seq>> {
        let answered = self.pinged.take_if(|(number, _)| number.to_be_bytes() == payload);
        answered.map(|(_, arrived)| arrived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIP: ConversationId = ConversationId(7);

    #[test]
    fn one_question_at_a_time_and_what_was_written_since_waits_for_the_next() {
        let mut receipts = Receipts::default();
        assert!(receipts.question().is_none(), "nothing was written");
        receipts.written(TRIP, Seq(1));
        let Some(Question::Ask(first)) = receipts.question() else { panic!("nothing is asked") };
        receipts.written(TRIP, Seq(2));
        assert!(receipts.question().is_none(), "one is under way");
        assert!(receipts.answered(b"another").is_none());
        assert_eq!(receipts.answered(&first).unwrap()[&TRIP], Seq(1));
        let Some(Question::Later(from)) = receipts.question() else { panic!("asked too soon, or never") };
        assert!(receipts.question().is_none(), "somebody looks then");
        receipts.ask_from = Some(from - ASK_EVERY);
        let Some(Question::Ask(second)) = receipts.question() else { panic!("it was time") };
        assert!(receipts.answered(&first).is_none(), "an old answer");
        assert_eq!(receipts.answered(&second).unwrap()[&TRIP], Seq(2));
        assert!(receipts.question().is_none());
    }
}
