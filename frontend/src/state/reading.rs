//! Reading: a user opens a conversation, scrolls through it, reads it, leaves it and returns.

use confab_shared::{
    api::{EventPage, MessagePage},
    conversation::Conversation,
    id::{ConversationId, Seq},
    protocol::ClientFrame,
    state::{FetchRequest, State},
    timeline::Timeline,
};
use leptos::prelude::*;

use super::{
    Chat, Fetch, PageState, Scope,
    history::{Edge, PageFetch, PageFetches, ScrollAnchor, place},
    open_conversation::OpenConversation,
};

impl Chat {
    /// Opens a conversation where the user left it, or at its first unread message; or closes the open one.
    pub(crate) fn open(self, id: Option<ConversationId>) {
        let anchor = id.and_then(|id| self.scroll_anchor(id));
        self.page.update(|page| {
            page.open = id.map(OpenConversation::new);
            page.open_thread = None;
            page.page_fetches = PageFetches::default();
        });
        let request = self.update(|state| match id.zip(anchor) {
            Some((id, anchor)) => state.open_at(id, anchor.seq),
            None => state.open(id),
        });
        self.refresh_open_conversation();
        self.fetch(request);
    }

    /// Opens a thread beside the open conversation, in place of an open one.
    pub(crate) fn open_thread(self, id: ConversationId, root: Seq) {
        let scope = Scope::of_thread(id, root);
        self.page.update(|page| {
            page.open_thread = Some(OpenConversation::new(scope));
            page.page_fetches[place(scope, Edge::Older)..].fill(None);
        });
        let request = self.update(|state| state.open_thread(Some(root)));
        self.refresh_open_conversation();
        self.fetch(request);
    }

    /// Closes a thread, where it is the open one.
    pub(crate) fn close_thread(self, scope: Scope) {
        let is_open = |page: &PageState| page.open_thread.is_some_and(|open| open.scope() == scope);
        if self.page.try_with_untracked(is_open) == Some(true) {
            self.page.update(|page| page.open_thread = None);
            let request = self.update(|state| state.open_thread(None));
            self.fetch(request);
        }
    }

    /// The open conversation.
    pub(crate) fn open_conversation(self) -> Option<OpenConversation> {
        self.page.with(|page| page.open)
    }

    /// What is open of a conversation or thread, where it is.
    pub(crate) fn opened(self, scope: Scope) -> Option<OpenConversation> {
        self.page.with(|page| open_of(page, scope)).filter(|open| open.scope() == scope)
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

    /// How many messages were sent from this page to conversations, or as replies of threads.
    pub(crate) fn sent_count(self, scope: Scope) -> u64 {
        self.page.with(|page| page.sent_counts[usize::from(scope.thread.is_some())])
    }

    /// Moves the read position forward to an event of the timeline, and tells the server.
    pub(crate) fn read_to(self, scope: impl Into<Scope>, seq: Seq) {
        let scope @ Scope { id, thread } = scope.into();
        let unread = |s: &State| scope.position(s).is_some_and(|(read_seq, _)| read_seq < seq);
        let held = thread.is_none() && self.page.with_untracked(|page| page.held.contains(&id));
        if held || !self.is_alive() || !self.state.with_untracked(unread) {
            return;
        }
        let read = self.update(|state| match thread {
            None => state.read_to(id, seq),
            Some(root) => state.read_thread_to(id, root, seq),
        });
        if let Some(seq) = read {
            self.send_frame(ClientFrame::Read { conversation: id, seq, thread });
        }
    }

    /// Whether nothing is read in a conversation by being looked at, since the user marked it as unread.
    pub(crate) fn is_held(self, scope: impl Into<Scope>) -> bool {
        let Scope { id, thread } = scope.into();
        thread.is_none() && self.page.with(|page| page.held.contains(&id))
    }

    /// The user marked messages as unread: they stay so until the user reads on. The “New” marker moves above them.
    pub(super) fn hold_reading(self, id: ConversationId) {
        self.page.update(|page| {
            page.held.insert(id);
        });
        self.update_open(id.into(), |open, state| open.marked_unread(state));
    }

    /// The user reads on, by scrolling or answering: what is on the screen is read again.
    pub(crate) fn read_on(self, scope: impl Into<Scope>) {
        let Scope { id, thread } = scope.into();
        if thread.is_none() && self.page.with_untracked(|page| page.held.contains(&id)) {
            self.page.update(|page| {
                page.held.remove(&id);
            });
        }
    }

    /// Marks every conversation that is cached as read, and tells the server. Answers those that had something unread, and how
    /// far each was read; none while disconnected, when nothing happens. Threads stay as they are.
    pub(crate) fn mark_all_read(self) -> Option<Vec<(ConversationId, Seq)>> {
        if !self.is_connected() {
            return None;
        }
        let (before, read) = self.update(|state| {
            let unread = |c: &&Conversation| c.unread() > 0 || !c.mentions.is_empty();
            let before: Vec<_> =
                state.list().into_iter().filter(unread).map(|c| (c.id, c.read_seq)).collect();
            let read: Vec<_> =
                before.iter().filter_map(|(id, _)| Some((*id, state.read_all(*id)?))).collect();
            (before, read)
        });
        for (conversation, seq) in read {
            self.read_on(conversation);
            self.send_frame(ClientFrame::Read { conversation, seq, thread: None });
        }
        Some(before)
    }

    /// The user stops reading: the “New” marker will stand above the next message.
    pub(crate) fn pause_reading(self, scope: impl Into<Scope>) {
        self.update_open(scope.into(), |open, state| open.paused(state));
    }

    /// The user reads along again.
    pub(crate) fn resume_reading(self, scope: impl Into<Scope>) {
        self.update_open(scope.into(), |open, _| open.resumed());
    }

    /// The user replied: nothing above is new any more, and the timeline goes to its end.
    pub(super) fn note_reply(self, scope: Scope) {
        self.read_on(scope);
        self.update_open(scope, |open, _| open.replied());
        self.open_newest(scope);
    }

    /// Asks for a message that something in a timeline replies to and that is not cached.
    pub(crate) fn want_quote(self, scope: Scope, seq: Seq) {
        let request = self.update(|state| state.want_quote(scope.id, scope.thread, seq));
        self.fetch(request);
    }

    /// Fetches the newest events, where the timeline is a window on the past. That of a thread never is.
    pub(crate) fn open_newest(self, scope: impl Into<Scope>) {
        let Scope { id, thread: None } = scope.into() else { return };
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

    /// Fetches the events around one, where the timeline of a conversation does not contain it.
    pub(crate) fn open_around(self, scope: impl Into<Scope>, seq: Seq) {
        let Scope { id, thread: None } = scope.into() else { return };
        let request = self.update(|state| state.open_around(id, seq));
        self.fetch(request);
    }

    /// The fetch of history beyond an edge, where one is running or has failed.
    pub(crate) fn page_fetch(self, scope: impl Into<Scope>, edge: Edge) -> Option<PageFetch> {
        let place = place(scope.into(), edge);
        self.page.with(|page| page.page_fetches[place])
    }

    /// Fetches a page of history beyond an edge, unless one is being fetched or nothing is there.
    pub(crate) fn fetch_page(self, scope: impl Into<Scope>, edge: Edge) {
        let scope: Scope = scope.into();
        let seq = |timeline: &Timeline| match edge {
            Edge::Older => (!timeline.complete()).then(|| timeline.first()),
            Edge::Newer => (!timeline.follows()).then(|| timeline.last()),
        };
        let Some(seq) = self.state.with_untracked(|state| scope.timeline(state).and_then(seq)) else {
            return;
        };
        if self.page_fetch_untracked(scope, edge) != Some(PageFetch::Fetching(scope.id)) {
            self.set_page_fetch(scope, edge, Some(PageFetch::Fetching(scope.id)));
            self.enqueue_fetch(Fetch::Page(scope, edge, seq));
        }
    }

    /// Applies a page of history beyond an edge; none where the fetch failed.
    pub(crate) fn apply_adjacent_page(self, scope: impl Into<Scope>, edge: Edge, page: Option<MessagePage>) {
        let scope @ Scope { id, thread } = scope.into();
        let fetched = page.is_some();
        if let Some(page) = page {
            let request = self.update(|state| match thread {
                None => state.adjacent_messages(id, page),
                Some(_) => state.adjacent_replies(id, page),
            });
            self.fetch(request);
        }
        if self.page_fetch_untracked(scope, edge) == Some(PageFetch::Fetching(id)) {
            self.set_page_fetch(scope, edge, (!fetched).then_some(PageFetch::Failed(id)));
        }
    }

    /// Applies the events that a required fetch brought.
    pub(crate) fn apply_events(self, id: ConversationId, page: EventPage) {
        self.intents.note_events(&page.events);
        self.intents.note_threads(&page.events);
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
        let open = self.page.with_untracked(|page| [page.open, page.open_thread]);
        for open in open.into_iter().flatten() {
            self.update_open(open.scope(), |open, state| open.refreshed(state));
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

    fn update_open(self, scope: Scope, update: impl FnOnce(OpenConversation, &State) -> OpenConversation) {
        let Some(Some(before)) = self.page.try_with_untracked(|page| open_of(page, scope)) else { return };
        if before.scope() == scope {
            let after = self.state.with_untracked(|state| update(before, state));
            if after != before {
                self.page.update(|page| match scope.thread {
                    None => page.open = Some(after),
                    Some(_) => page.open_thread = Some(after),
                });
            }
        }
    }

    fn page_fetch_untracked(self, scope: Scope, edge: Edge) -> Option<PageFetch> {
        self.page.with_untracked(|page| page.page_fetches[place(scope, edge)])
    }

    fn set_page_fetch(self, scope: Scope, edge: Edge, fetch: Option<PageFetch>) {
        self.page.update(|page| page.page_fetches[place(scope, edge)] = fetch);
    }
}

/// What is open of the kind of a scope.
fn open_of(page: &PageState, scope: Scope) -> Option<OpenConversation> {
    if scope.thread.is_some() { page.open_thread } else { page.open }
}
