//! Reading: a user opens a conversation, scrolls through it, reads it, leaves it and returns.

use confab_shared::{
    api::{EventPage, MessagePage},
    id::{ConversationId, Seq},
    protocol::ClientFrame,
    state::{FetchRequest, State},
    timeline::Timeline,
};
use leptos::prelude::*;

use super::{
    Chat, Fetch,
    history::{Edge, PageFetch, ScrollAnchor},
    open_conversation::OpenConversation,
};

impl Chat {
    /// Opens a conversation where the user left it, or at its first unread message; or closes the open one.
    pub(crate) fn open(self, id: Option<ConversationId>) {
        let anchor = id.and_then(|id| self.scroll_anchor(id));
        self.page.update(|page| {
            page.open = id.map(OpenConversation::new);
            page.page_fetches = [None; 2];
        });
        let request = self.update(|state| match id.zip(anchor) {
            Some((id, anchor)) => state.open_at(id, anchor.seq),
            None => state.open(id),
        });
        self.refresh_open_conversation();
        self.fetch(request);
    }

    /// The open conversation.
    pub(crate) fn open_conversation(self) -> Option<OpenConversation> {
        self.page.with(|page| page.open)
    }

    /// Where the user left a conversation, unless at its end.
    pub(crate) fn scroll_anchor(self, id: ConversationId) -> Option<ScrollAnchor> {
        self.page.with_untracked(|page| page.scroll_anchors.get(&id).copied())
    }

    /// Remembers where the user is in a conversation; none at its end.
    pub(crate) fn set_scroll_anchor(self, id: ConversationId, anchor: Option<ScrollAnchor>) {
        // Untracked: no view shows the anchor, and scrolling must not rerun those that read the page's state.
        self.page.try_update_untracked(|page| match anchor {
            Some(anchor) => page.scroll_anchors.insert(id, anchor),
            None => page.scroll_anchors.remove(&id),
        });
    }

    /// How many messages were sent from this page.
    pub(crate) fn sent_count(self) -> u64 {
        self.page.with(|page| page.sent_count)
    }

    /// Moves the read position forward to an event of the timeline, and tells the server.
    pub(crate) fn read_to(self, id: ConversationId, seq: Seq) {
        let unread = |s: &State| s.conversation(id).is_some_and(|c| c.read_seq < seq);
        if self.is_alive()
            && self.state.with_untracked(unread)
            && let Some(seq) = self.update(|state| state.read_to(id, seq))
        {
            self.send_frame(ClientFrame::Read { conversation: id, seq, thread: None });
        }
    }

    /// The user stops reading: the “New” marker will stand above the next message.
    pub(crate) fn pause_reading(self, id: ConversationId) {
        self.update_open(id, |open, state| open.paused(state));
    }

    /// The user reads along again.
    pub(crate) fn resume_reading(self, id: ConversationId) {
        self.update_open(id, |open, _| open.resumed());
    }

    /// The user replied: nothing above is new any more, and the timeline goes to its end.
    pub(super) fn note_reply(self, id: ConversationId) {
        self.update_open(id, |open, _| open.replied());
        self.open_newest(id);
    }

    /// Fetches the newest events, where the timeline is a window on the past.
    pub(crate) fn open_newest(self, id: ConversationId) {
        let request = self.update(|state| state.open_newest(id));
        self.fetch(request);
    }

    /// Bounds what is cached of the open conversation, around the event that the user looks at.
    pub(crate) fn trim_timeline(self, id: ConversationId, around: Seq) {
        // Views are not notified of what changes nothing.
        let trimmed = self.state.try_maybe_update(|state| {
            let trimmed = state.trim_timeline(id, around);
            (trimmed, trimmed)
        });
        debug_assert!(trimmed.is_some(), "callers are views of a living state");
    }

    /// Fetches the events around one, where the timeline does not contain it.
    pub(crate) fn open_around(self, id: ConversationId, seq: Seq) {
        let request = self.update(|state| state.open_around(id, seq));
        self.fetch(request);
    }

    /// The fetch of history beyond an edge, where one is running or has failed.
    pub(crate) fn page_fetch(self, edge: Edge) -> Option<PageFetch> {
        self.page.with(|page| page.page_fetches[edge as usize])
    }

    /// Fetches a page of history beyond an edge, unless one is being fetched or nothing is there.
    pub(crate) fn fetch_page(self, id: ConversationId, edge: Edge) {
        let seq = |timeline: &Timeline| match edge {
            Edge::Older => (!timeline.complete()).then(|| timeline.first()),
            Edge::Newer => (!timeline.follows()).then(|| timeline.last()),
        };
        let Some(seq) = self.state.with_untracked(|state| state.timeline(id).and_then(seq)) else { return };
        if self.page_fetch_untracked(edge) != Some(PageFetch::Fetching(id)) {
            self.set_page_fetch(edge, Some(PageFetch::Fetching(id)));
            self.enqueue_fetch(Fetch::Page(id, edge, seq));
        }
    }

    /// Applies a page of history beyond an edge; none where the fetch failed.
    pub(crate) fn apply_adjacent_page(self, id: ConversationId, edge: Edge, page: Option<MessagePage>) {
        let fetched = page.is_some();
        if let Some(page) = page {
            let request = self.update(|state| state.adjacent_messages(id, page));
            self.fetch(request);
        }
        if self.page_fetch_untracked(edge) == Some(PageFetch::Fetching(id)) {
            self.set_page_fetch(edge, (!fetched).then_some(PageFetch::Failed(id)));
        }
    }

    /// Applies the events that a required fetch brought.
    pub(crate) fn apply_events(self, id: ConversationId, page: EventPage) {
        self.intents.note_events(&page.events);
        let request = self.update(|state| state.events(id, page));
        self.refresh_open_conversation();
        self.fetch(request);
    }

    /// Applies the items that a required fetch brought.
    pub(crate) fn apply_messages(self, request: FetchRequest, page: MessagePage) {
        let request = self.update(|state| state.messages(request, page));
        self.refresh_open_conversation();
        self.fetch(request);
    }

    /// Brings the “New” marker up to date after the state changed.
    pub(super) fn refresh_open_conversation(self) {
        if let Some(open) = self.page.with_untracked(|page| page.open) {
            self.update_open(open.id, |open, state| open.refreshed(state));
        }
    }

    /// After a disconnection, fetches the open timeline anew where it fell too far behind: the items around the scroll
    /// anchor, or those that are unread where reading is paused. A user who was reading at the end sees the newest ones.
    pub(super) fn reload_after_welcome(self) {
        let Some(open) = self.page.with_untracked(|page| page.open) else { return };
        let anchor = self.scroll_anchor(open.id);
        if anchor.is_none() && !open.is_behind() {
            self.open_newest(open.id);
        } else {
            let request = self.update(|state| state.reload_stale(anchor.map(|anchor| anchor.seq)));
            self.fetch(request);
        }
    }

    fn update_open(
        self,
        id: ConversationId,
        update: impl FnOnce(OpenConversation, &State) -> OpenConversation,
    ) {
        let Some(Some(before)) = self.page.try_with_untracked(|page| page.open) else { return };
        if before.id == id {
            let after = self.state.with_untracked(|state| update(before, state));
            if after != before {
                self.page.update(|page| page.open = Some(after));
            }
        }
    }

    fn page_fetch_untracked(self, edge: Edge) -> Option<PageFetch> {
        self.page.with_untracked(|page| page.page_fetches[edge as usize])
    }

    fn set_page_fetch(self, edge: Edge, fetch: Option<PageFetch>) {
        self.page.update(|page| page.page_fetches[edge as usize] = fetch);
    }
}
