//! The events that a client has cached of one conversation: a gapless range of its log.

use std::collections::VecDeque;

use crate::{
    event::{Event, EventBody, Posted},
    id::Seq,
};

/// The most live events that are buffered while the events before them are fetched.
const MAX_AHEAD: usize = 1_000;

/// A gapless run of events, in seq order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    events: VecDeque<Event>,
    /// Whether the run ends at the conversation's head, or will once missing events are fetched. A run that does not is a
    /// window on the past: it grows only where its reader scrolls.
    follows: bool,
    /// Live events beyond the run, gapless among themselves: they join it once a fetch has closed the gap, however
    /// fast new ones arrive.
    ahead: VecDeque<Event>,
}

impl Default for Timeline {
    fn default() -> Self {
        Self { events: VecDeque::new(), follows: true, ahead: VecDeque::new() }
    }
}

impl Timeline {
    /// The events, in seq order.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.events.iter()
    }

    /// The oldest cached seq; 0 where there is none.
    #[must_use]
    pub fn bottom(&self) -> Seq {
        self.events.front().map_or(Seq(0), |e| e.seq)
    }

    /// The newest cached seq; 0 where there is none.
    #[must_use]
    pub fn top(&self) -> Seq {
        self.events.back().map_or(Seq(0), |e| e.seq)
    }

    /// Whether an event is cached.
    #[must_use]
    pub fn holds(&self, seq: Seq) -> bool {
        !self.events.is_empty() && (self.bottom()..=self.top()).contains(&seq)
    }

    /// One event, where it is cached.
    #[must_use]
    pub fn get(&self, seq: Seq) -> Option<&Event> {
        self.events.get(self.index(seq)?)
    }

    /// Whether the first event of the log is cached.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.bottom() <= Seq(1)
    }

    /// Whether new events belong at the end of the run. Otherwise it is a window on the past.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// How many messages the conversation has up to a cached seq; none where the cached events do not say.
    pub(crate) fn message_count_at(&self, seq: Seq) -> Option<u64> {
        let end = self.index(seq)?;
        let ordinal = |event: &Event| match event.body {
            EventBody::Posted(Posted { ordinal, .. }) => Some(ordinal),
            _ => None,
        };
        let last = self.events.range(..=end).rev().find_map(ordinal);
        last.or_else(|| self.events.range(end..).find_map(ordinal).map(|next| next.saturating_sub(1)))
    }

    /// Takes a live event; one that is not the next waits for the events before it.
    pub(crate) fn push(&mut self, event: Event) {
        if event.seq == self.top().next() {
            self.events.push_back(event);
        } else if event.seq > self.top() {
            if self.ahead.back().is_some_and(|last| event.seq != last.seq.next()) {
                self.ahead.clear();
            }
            self.ahead.push_back(event);
            if self.ahead.len() > MAX_AHEAD {
                self.ahead.pop_front();
            }
        }
    }

    /// Takes a fetched run that touches the cached one on either side; any other is ignored, since it would leave a gap.
    pub(crate) fn extend(&mut self, run: Vec<Event>) {
        if self.touches(&run) {
            let (bottom, top) = (self.bottom(), self.top());
            let (older, newer): (Vec<_>, Vec<_>) =
                run.into_iter().filter(|e| !self.holds(e.seq)).partition(|e| e.seq < bottom);
            older.into_iter().rev().for_each(|event| self.events.push_front(event));
            self.events.extend(newer.into_iter().filter(|e| e.seq > top));
            self.join_ahead();
        }
    }

    /// Takes a fetched run in place of the cached one, unless the two touch. It is a window on the past until
    /// [`Self::follow`].
    pub(crate) fn replace(&mut self, run: Vec<Event>) {
        if !self.events.is_empty() && self.touches(&run) {
            self.extend(run);
        } else {
            self.events = run.into();
            self.follows = false;
            self.join_ahead();
        }
    }

    /// Whether a run and the cached one are one run together.
    fn touches(&self, run: &[Event]) -> bool {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return true };
        self.events.is_empty() || (first.seq <= self.top().next() && last.seq.next() >= self.bottom())
    }

    /// The timeline follows from now on where it reaches the head.
    pub(crate) fn attach(&mut self, head: Seq) {
        self.follows |= self.top() >= head;
    }

    /// The timeline follows from now on: what it lacks at its end is fetched.
    pub(crate) fn follow(&mut self) {
        self.follows = true;
    }

    /// The timeline is a window on the past from now on.
    pub(crate) fn detach(&mut self) {
        self.follows = false;
    }

    fn join_ahead(&mut self) {
        while self.ahead.front().is_some_and(|event| event.seq <= self.top().next()) {
            let event = self.ahead.pop_front();
            self.events.extend(event.filter(|event| event.seq > self.top()));
        }
    }

    fn index(&self, seq: Seq) -> Option<usize> {
        let index = usize::try_from(seq.0.checked_sub(self.events.front()?.seq.0)?).ok()?;
        (index < self.events.len()).then_some(index)
    }
}
