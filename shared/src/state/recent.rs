//! The newest events of the open conversation: a page of items that was read before them is brought up to date with them.

use std::collections::VecDeque;

use crate::event::Event;

/// The most events that are kept. If a page is older than all of them, the events between are fetched.
const MAX_EVENTS: usize = 1_000;

/// The newest events of a conversation, gapless.
#[derive(Clone, Debug, Default)]
pub(super) struct RecentEvents(VecDeque<Event>);

impl RecentEvents {
    /// Adds an event. One that leaves a gap drops those before it; one that is known is ignored.
    pub(super) fn push(&mut self, event: Event) {
        let next = self.0.back().map_or(event.seq, |last| last.seq.next());
        if event.seq < next {
            return;
        }
        if event.seq > next {
            self.0.clear();
        }
        if self.0.len() == MAX_EVENTS {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    /// The events, in seq order.
    pub(super) fn events(&self) -> impl Iterator<Item = &Event> {
        self.0.iter()
    }

    /// Drops all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
