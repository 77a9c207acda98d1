//! The rendered rows of one timeline: its rows within its window, which follows the viewport.

use std::ops::Range;

use confab_shared::{
    id::{ConversationId, Seq},
    state::State,
    timeline::Timeline,
};
use leptos::prelude::*;

use crate::{
    features::timeline::{
        rows::{Row, RowKey, first_new, rows},
        visible_rows::VisibleRows,
        window::RowWindow,
    },
    platform::clock::local_day,
    state::{Chat, Edge, Scope},
    ui::reactive::memo,
};

/// History is fetched when fewer items than these are cached beyond an edge of the viewport.
const MIN_CACHED: usize = 20;

/// The rows of a timeline that are in the document. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct RenderedRows {
    chat: Chat,
    scope: Scope,
    window: RwSignal<RowWindow>,
    rows: Memo<Vec<Row>>,
    /// Whether the rows end with the newest event of the conversation.
    current: Memo<bool>,
}

impl RenderedRows {
    pub(crate) fn new(chat: Chat, scope: Scope, window: RowWindow) -> Self {
        let window = RwSignal::new(window);
        // Rows contain no text: an event in another conversation costs little, and unchanged rows keep their views.
        let rows = memo(move || {
            let new_after = new_after(chat, scope, true);
            chat.state.with(|state| rows(state, scope, new_after, window.get(), local_day))
        });
        let current = memo(move || {
            let (new_after, window) = (new_after(chat, scope, true), window.get());
            chat.state.with(|state| {
                let head = state.conversation(scope.id).map(|c| c.head_seq);
                scope.timeline(state).is_some_and(|timeline| {
                    timeline.follows()
                        && head.is_some_and(|head| timeline.last() >= head)
                        && range(state, timeline, new_after, window).end == timeline.items().len()
                })
            })
        });
        Self { chat, scope, window, rows, current }
    }

    /// The conversation that they are of.
    pub(crate) fn conversation(self) -> ConversationId {
        self.scope.id
    }

    /// The rows.
    pub(crate) fn rows(self) -> Memo<Vec<Row>> {
        self.rows
    }

    /// The row of a key; none once it is gone.
    pub(crate) fn find(self, key: RowKey) -> Option<Row> {
        self.rows.with(|rows| rows.iter().find(|row| row.key() == key).copied())
    }

    /// Whether the rows end with the newest event of the conversation.
    pub(crate) fn is_current(self) -> bool {
        self.current.get_untracked()
    }

    /// Renders the rows around an item, where it is cached. Until it is, what is around it is asked for again, since another
    /// fetch may have been running; of a thread, the older replies.
    pub(crate) fn reveal(self, seq: Seq) {
        let cached =
            |state: &State| self.scope.timeline(state).is_some_and(|timeline| timeline.contains(seq));
        if self.chat.state.with_untracked(cached) {
            self.set_window(RowWindow::Around(seq));
        } else if self.scope.thread.is_some() {
            untrack(|| self.chat.fetch_page(self.scope, Edge::Older));
        } else if self.chat.state.with_untracked(|state| self.scope.timeline(state).is_some()) {
            self.chat.open_around(self.scope, seq);
        }
    }

    /// Renders the rows around the “New” marker, or else the newest ones.
    pub(crate) fn reveal_start(self) {
        self.set_window(RowWindow::Start);
    }

    /// Renders the newest cached rows.
    pub(crate) fn reveal_newest(self) {
        if !self.is_current() {
            self.set_window(RowWindow::newest());
        }
    }

    /// Moves the window with the viewport, and bounds what is cached.
    pub(crate) fn follow(self, visible: VisibleRows, at_end: bool, retained: Option<(Seq, Seq)>) {
        if visible.first == Seq(0) {
            return;
        }
        // At the end of an older window, the newest items are about to be shown.
        if self.scope.thread.is_none() && (!at_end || self.is_current()) {
            self.chat.trim_timeline(self.scope.id, visible.first);
        }
        let (before, new_after) = (self.window.get_untracked(), new_after(self.chat, self.scope, false));
        let window = self.chat.state.with_untracked(|state| {
            let timeline = self.scope.timeline(state)?;
            let marker = marker(state, timeline, new_after);
            Some(before.follow(timeline, marker, visible, at_end, retained))
        });
        if let Some(window) = window {
            self.set_window(window);
        }
    }

    /// Whether history beyond an edge is needed soon.
    pub(crate) fn is_near(self, edge: Edge, visible: VisibleRows) -> bool {
        visible.first > Seq(0)
            && self.chat.state.with_untracked(|state| {
                self.scope.timeline(state).is_some_and(|timeline| match edge {
                    Edge::Older => timeline.position(visible.first) < MIN_CACHED,
                    Edge::Newer => {
                        let last = visible.last.max(visible.first);
                        timeline.items().len() < timeline.position(last) + 1 + MIN_CACHED
                    }
                })
            })
    }

    fn set_window(self, window: RowWindow) {
        if self.window.get_untracked() != window {
            self.window.set(window);
        }
    }
}

/// The seq after which messages are new, while the conversation or thread is open.
fn new_after(chat: Chat, scope: Scope, tracked: bool) -> Option<Seq> {
    let open = if tracked { chat.opened(scope) } else { untrack(|| chat.opened(scope)) };
    open.and_then(|open| open.new_after())
}

fn marker(state: &State, timeline: &Timeline, new_after: Option<Seq>) -> Option<Seq> {
    first_new(timeline, state.me()?.id, new_after)
}

fn range(state: &State, timeline: &Timeline, new_after: Option<Seq>, window: RowWindow) -> Range<usize> {
    window.range(timeline, marker(state, timeline, new_after))
}
