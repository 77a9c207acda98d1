//! The events that a client holds of one conversation: one gapless run of its log.

use std::collections::VecDeque;

use crate::{ids::Seq, model::Event};

/// A gapless run of events, in seq order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    events: VecDeque<Event>,
}

impl Timeline {
    /// The events, in seq order.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.events.iter()
    }

    /// The oldest seq held; 0 where nothing is.
    #[must_use]
    pub fn bottom(&self) -> Seq {
        self.events.front().map_or(Seq(0), |e| e.seq)
    }

    /// The newest seq held; 0 where nothing is.
    #[must_use]
    pub fn top(&self) -> Seq {
        self.events.back().map_or(Seq(0), |e| e.seq)
    }

    /// Whether an event is held.
    #[must_use]
    pub fn holds(&self, seq: Seq) -> bool {
        !self.events.is_empty() && (self.bottom()..=self.top()).contains(&seq)
    }

    /// One event, where it is held.
    #[must_use]
    pub fn get(&self, seq: Seq) -> Option<&Event> {
        let place = seq.0.checked_sub(self.events.front()?.seq.0)?;
        self.events.get(usize::try_from(place).ok()?)
    }

    /// Whether there is nothing older than what is held.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.bottom() <= Seq(1)
    }

    /// Takes the next event; any other is left for a fetch to bring.
    pub(super) fn push(&mut self, event: Event) {
        if event.seq == self.top().next() {
            self.events.push_back(event);
        }
    }

    /// Takes a fetched run. One that touches what is held extends it on either side; one that lies beyond replaces
    /// it, since a run with a hole is none.
    pub(super) fn merge(&mut self, run: Vec<Event>) {
        let (Some(first), Some(last)) = (run.first().map(|e| e.seq), run.last().map(|e| e.seq)) else {
            return;
        };
        if self.events.is_empty() || first > self.top().next() {
            self.events = run.into();
        } else if last.next() >= self.bottom() {
            let (bottom, top) = (self.bottom(), self.top());
            let (older, rest): (Vec<_>, Vec<_>) = run.into_iter().partition(|e| e.seq < bottom);
            for event in older.into_iter().rev() {
                self.events.push_front(event);
            }
            self.events.extend(rest.into_iter().filter(|e| e.seq > top));
        }
    }
}
