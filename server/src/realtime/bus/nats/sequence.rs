//! The order of one conversation's events that come from several nodes. Pure.

use std::collections::BTreeMap;

use confab_shared::id::Seq;

/// How many events wait for earlier ones; more are dropped, and read from storage with those that are missing.
const MAX_HELD: usize = 256;

/// What became of an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offered<T> {
    /// It, and those that waited for it, are delivered now.
    Ready(Vec<T>),
    /// Events before it are missing.
    Held,
    /// It was delivered before.
    Known,
}

/// The events of a conversation: the newest that was delivered, and those that wait for missing ones.
#[derive(Debug)]
pub(super) struct Sequence<T> {
    last: Option<Seq>,
    held: BTreeMap<Seq, T>,
}

impl<T> Sequence<T> {
    /// A sequence whose events up to `last` are delivered; without it, the first that comes is delivered.
    pub(super) fn new(last: Option<Seq>) -> Self {
        Self { last, held: BTreeMap::new() }
    }

    /// The newest event that was delivered.
    pub(super) fn last(&self) -> Option<Seq> {
        self.last
    }

    /// Whether events wait for missing ones.
    pub(super) fn has_gap(&self) -> bool {
        !self.held.is_empty()
    }

    /// An event that came.
    pub(super) fn offer(&mut self, seq: Seq, event: T) -> Offered<T> {
        match self.last {
            Some(last) if seq <= last => Offered::Known,
            Some(last) if seq > last.next() => {
                if self.held.len() < MAX_HELD || self.held.contains_key(&seq) {
                    self.held.insert(seq, event);
                }
                Offered::Held
            }
            _ => {
                let mut ready = vec![event];
                self.last = Some(seq);
                self.release(&mut ready);
                Offered::Ready(ready)
            }
        }
    }

    /// Events up to `seq` were delivered, from storage. Answers those that waited for them.
    pub(super) fn advance(&mut self, seq: Seq) -> Vec<T> {
        self.last = self.last.max(Some(seq));
        let mut ready = Vec::new();
        self.release(&mut ready);
        ready
    }

    fn release(&mut self, ready: &mut Vec<T>) {
        while let Some(entry) = self.held.first_entry() {
            let last = self.last.unwrap_or_default();
            if *entry.key() > last.next() {
                return;
            }
            let (seq, event) = entry.remove_entry();
            if seq > last {
                self.last = Some(seq);
                ready.push(event);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn offer(sequence: &mut Sequence<u64>, seq: u64) -> Offered<u64> {
        sequence.offer(Seq(seq), seq)
    }

    #[test]
    fn events_in_order_are_delivered_at_once_and_doubles_never() {
        let mut sequence = Sequence::new(None);
        assert_eq!(offer(&mut sequence, 7), Offered::Ready(vec![7]), "the first that is known of");
        assert_eq!(offer(&mut sequence, 8), Offered::Ready(vec![8]));
        assert_eq!(offer(&mut sequence, 8), Offered::Known);
        assert_eq!(offer(&mut sequence, 3), Offered::Known);
    }

    #[test]
    fn an_event_waits_for_earlier_ones() {
        let mut sequence = Sequence::new(Some(Seq(4)));
        assert_eq!(offer(&mut sequence, 7), Offered::Held);
        assert_eq!(offer(&mut sequence, 6), Offered::Held);
        assert!(sequence.has_gap());
        assert_eq!(offer(&mut sequence, 5), Offered::Ready(vec![5, 6, 7]));
        assert!(!sequence.has_gap());
    }

    #[test]
    fn what_storage_had_is_not_delivered_again() {
        let mut sequence = Sequence::new(Some(Seq(4)));
        for seq in [6, 9, 7] {
            assert_eq!(offer(&mut sequence, seq), Offered::Held);
        }
        assert_eq!(sequence.advance(Seq(6)), [7]);
        assert!(sequence.has_gap(), "8 is missing");
        assert!(sequence.advance(Seq(20)).is_empty());
        assert_eq!((sequence.last(), sequence.has_gap()), (Some(Seq(20)), false));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut sequence = Sequence::new(Some(Seq(0)));
        for seq in 2..10_000 {
            assert_eq!(offer(&mut sequence, seq), Offered::Held);
        }
        let Offered::Ready(ready) = offer(&mut sequence, 1) else { panic!("nothing is missing before it") };
        assert_eq!(ready.len(), MAX_HELD + 1);
    }

    proptest! {
        #[test]
        fn whatever_the_order_each_event_is_delivered_once_in_order(seqs in Just((1..40_u64).collect::<Vec<_>>()).prop_shuffle(), doubles in prop::collection::vec(1..40_u64, 0..20)) {
            let mut sequence = Sequence::new(Some(Seq(0)));
            let mut delivered = Vec::new();
            for seq in doubles.into_iter().chain(seqs) {
                if let Offered::Ready(ready) = offer(&mut sequence, seq) {
                    delivered.extend(ready);
                }
            }
            prop_assert_eq!(delivered, (1..40).collect::<Vec<_>>());
        }
    }
}
