//! What a reader does: looks at a conversation, scrolls through it, reads it, looks away and comes back.

use confab_shared::{
    api::EventPage,
    id::{ConversationId, Seq},
    protocol::ClientFrame,
    state::{FetchRequest, State},
    timeline::Timeline,
};
use leptos::prelude::*;

use super::{Chat, Fetch, Opened};

/// An edge of the events that are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Older,
    Newer,
}

/// How fetching events beyond an edge stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageFetch {
    /// Under way.
    Fetching(ConversationId),
    /// Failed; the reader may ask again.
    Failed(ConversationId),
}

impl PageFetch {
    /// The same, once the connection is lost.
    pub(super) fn lost(self) -> Self {
        let (Self::Fetching(id) | Self::Failed(id)) = self;
        Self::Failed(id)
    }
}

/// What was at the top of the screen: an event, and how far below the top it began, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ReadingPlace {
    pub(crate) seq: Seq,
    pub(crate) offset: f64,
}

impl Chat {
    /// Looks at a conversation where one left it, or from its first unread message on; or at none.
    pub(crate) fn open(self, id: Option<ConversationId>) {
        let place = id.and_then(|id| self.place_in(id));
        self.standing.update(|standing| {
            standing.opened = id.map(Opened::new);
            standing.beside = [None; 2];
        });
        let need = self.change(|state| match id.zip(place) {
            Some((id, place)) => state.open_at(id, place.seq),
            None => state.open(id),
        });
        self.note_reading();
        self.fetch(need);
    }

    /// The conversation that is looked at, and where reading stands in it.
    pub(crate) fn opened(self) -> Option<Opened> {
        self.standing.with(|standing| standing.opened)
    }

    /// Where one was in a conversation when one looked away, unless at its end.
    pub(crate) fn place_in(self, id: ConversationId) -> Option<ReadingPlace> {
        self.standing.with_untracked(|standing| standing.places.get(&id).copied())
    }

    /// Takes note of where one is in a conversation; none at its end.
    pub(crate) fn keep_place(self, id: ConversationId, place: Option<ReadingPlace>) {
        // No view shows it: what reads the standing need not run again.
        self.standing.try_update_untracked(|standing| match place {
            Some(place) => standing.places.insert(id, place),
            None => standing.places.remove(&id),
        });
    }

    /// How many messages were posted from this page.
    pub(crate) fn posts(self) -> u64 {
        self.standing.with(|standing| standing.posts)
    }

    /// Reads up to an event that is held.
    pub(crate) fn read_to(self, id: ConversationId, seq: Seq) {
        let unread = |s: &State| s.conversation(id).is_some_and(|c| c.read_seq < seq);
        if self.is_there()
            && self.state.with_untracked(unread)
            && let Some(seq) = self.change(|state| state.read_to(id, seq))
        {
            self.tell(ClientFrame::Read { conversation: id, seq });
        }
    }

    /// One does not read along from now on: what comes next has the “New” line above it.
    pub(crate) fn pause_reading(self, id: ConversationId) {
        self.update_opened(id, |opened, state| opened.paused(state));
    }

    /// One reads along again.
    pub(crate) fn resume_reading(self, id: ConversationId) {
        self.update_opened(id, |opened, _| opened.resumed());
    }

    /// One has answered: nothing above is new any more, and the newest is what one wants to see.
    pub(super) fn answered(self, id: ConversationId) {
        self.update_opened(id, |opened, _| opened.answered());
        self.open_newest(id);
    }

    /// Goes to the newest events, from a window on the past.
    pub(crate) fn open_newest(self, id: ConversationId) {
        let need = self.change(|state| state.open_newest(id));
        self.fetch(need);
    }

    /// Fetches the events around one, where they are not held.
    pub(crate) fn open_around(self, id: ConversationId, seq: Seq) {
        let need = self.change(|state| state.open_around(id, seq));
        self.fetch(need);
    }

    /// How fetching events beyond an edge stands.
    pub(crate) fn beside(self, edge: Edge) -> Option<PageFetch> {
        self.standing.with(|standing| standing.beside[edge as usize])
    }

    /// Asks for events beyond an edge, unless that is under way or there are none.
    pub(crate) fn fetch_beside(self, id: ConversationId, edge: Edge) {
        let from = |timeline: &Timeline| match edge {
            Edge::Older => (!timeline.complete()).then(|| timeline.bottom()),
            Edge::Newer => (!timeline.follows()).then(|| timeline.top()),
        };
        let Some(from) = self.state.with_untracked(|state| state.timeline(id).and_then(from)) else { return };
        if self.beside_untracked(edge) != Some(PageFetch::Fetching(id)) {
            self.set_beside(edge, Some(PageFetch::Fetching(id)));
            self.send_fetch(Fetch::Beside(id, edge, from));
        }
    }

    /// Takes events from beyond an edge, or that they could not be fetched.
    pub(crate) fn page_beside(self, id: ConversationId, edge: Edge, page: Option<EventPage>) {
        let fetched = page.is_some();
        if let Some(page) = page {
            let need = self.change(|state| state.page_beside(id, page));
            self.fetch(need);
        }
        if self.beside_untracked(edge) == Some(PageFetch::Fetching(id)) {
            self.set_beside(edge, (!fetched).then_some(PageFetch::Failed(id)));
        }
    }

    /// Takes events that were needed.
    pub(crate) fn page(self, need: FetchRequest, page: EventPage) {
        let need = self.change(|state| state.page(need, page));
        self.note_reading();
        self.fetch(need);
    }

    /// Notes where reading stands, after something came.
    pub(super) fn note_reading(self) {
        if let Some(opened) = self.standing.with_untracked(|standing| standing.opened) {
            self.update_opened(opened.id, |opened, state| opened.noted(state));
        }
    }

    /// Who reads along and was out of touch for a moment sees the newest, however much came in that moment.
    pub(super) fn follow_unless_paused(self) {
        let opened = self.standing.with_untracked(|standing| standing.opened);
        if let Some(opened) =
            opened.filter(|opened| !opened.is_behind() && self.place_in(opened.id).is_none())
        {
            self.open_newest(opened.id);
        }
    }

    fn update_opened(self, id: ConversationId, update: impl FnOnce(Opened, &State) -> Opened) {
        let Some(Some(before)) = self.standing.try_with_untracked(|standing| standing.opened) else { return };
        if before.id == id {
            let after = self.state.with_untracked(|state| update(before, state));
            if after != before {
                self.standing.update(|standing| standing.opened = Some(after));
            }
        }
    }

    fn beside_untracked(self, edge: Edge) -> Option<PageFetch> {
        self.standing.with_untracked(|standing| standing.beside[edge as usize])
    }

    fn set_beside(self, edge: Edge, fetch: Option<PageFetch>) {
        self.standing.update(|standing| standing.beside[edge as usize] = fetch);
    }
}
