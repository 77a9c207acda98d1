//! Moves the read position over what was visible: an event counts as read once it and all unread ones before it were
//! visible, or when the user is at the end. Of what the user marked as unread, nothing is read before the user reads on.

use std::{cell::Cell, time::Duration};

use confab_shared::{id::Seq, item::Item, timeline::Timeline};
use leptos::prelude::*;

use crate::{
    features::timeline::scroll::{Scroll, Target},
    platform::browser::{document, is_visible, listen},
    state::{Chat, Connection, Scope},
    ui::reactive::{effect, memo},
};

/// How long a read position waits before it is sent: scrolling sends a few positions, not hundreds.
const SEND_DELAY: Duration = Duration::from_millis(120);

/// Tracks what the user reads in one conversation or thread.
#[derive(Clone, Copy)]
pub(crate) struct ReadTracker {
    chat: Chat,
    scope: Scope,
    scroll: Scroll,
    /// Whether the tab is visible, nothing covers the timeline, and the server is connected.
    active: Memo<bool>,
    /// The newest event that was read.
    read: StoredValue<Seq>,
    /// Whether a send is scheduled.
    scheduled: StoredValue<bool>,
}

impl ReadTracker {
    /// Tracks for as long as the reactive owner lives. What is `covered` is not read.
    pub(crate) fn start(chat: Chat, scope: Scope, scroll: Scroll, covered: Signal<bool>) -> Self {
        let tab_visible = RwSignal::new(is_visible());
        listen(&document(), "visibilitychange", move |_: web_sys::Event| tab_visible.set(is_visible()));
        let active = memo(move || {
            tab_visible.get()
                && !covered.get()
                && matches!(chat.connection(), Connection::Online | Connection::NoNetwork)
        });
        let tracker = Self {
            chat,
            scope,
            scroll,
            active,
            read: StoredValue::new(Seq(0)),
            scheduled: StoredValue::new(false),
        };
        tracker.pause_while_inactive();
        tracker.pause_away_from_end();
        tracker.track_visible_rows();
        on_cleanup(move || tracker.send());
        tracker
    }

    /// While inactive, new events do not scroll; afterwards the “New” marker is scrolled to.
    fn pause_while_inactive(self) {
        let Self { chat, scope, scroll, active, .. } = self;
        let before = Cell::new(None);
        effect(move || match (before.replace(Some(active.get())), active.get_untracked()) {
            (None | Some(true), false) => {
                self.send();
                scroll.suspend();
                chat.pause_reading(scope);
            }
            (Some(false), true) => untrack(move || {
                let new = chat.opened(scope).is_some_and(|open| open.new_after().is_some());
                let position = chat.state.with(|state| scope.position(state));
                let unread = position.is_some_and(|(_, unread)| unread > 0);
                match scroll.at_end.get() {
                    true if new && unread => scroll.scroll_to(Target::NewMarker),
                    true => {
                        chat.resume_reading(scope);
                        scroll.scroll_to_end();
                    }
                    false => {}
                }
                scroll.resume();
            }),
            _ => {}
        });
    }

    fn pause_away_from_end(self) {
        let Self { chat, scope, scroll, active, .. } = self;
        effect(move || match (scroll.ready.get(), scroll.at_end.get()) {
            (true, true) if active.get_untracked() => chat.resume_reading(scope),
            (true, false) => chat.pause_reading(scope),
            _ => {}
        });
    }

    fn track_visible_rows(self) {
        let Self { chat, scope, scroll, active, .. } = self;
        let held = memo(move || chat.is_held(scope));
        // The head is read to run again when an event arrives.
        let positions = memo(move || {
            chat.state.with(|state| Some((state.conversation(scope.id)?.head_seq, scope.position(state)?.0)))
        });
        effect(move || {
            scroll.at_end.track();
            if held.get() {
                // What was read before may be unread again.
                return self.read.set_value(Seq(0));
            }
            let visible = scroll.visible.get();
            let read_seq = positions.get().map_or(Seq(0), |(_, read_seq)| read_seq);
            let before = self.read.get_value().max(read_seq);
            let next_unread =
                chat.state.with_untracked(|state| scope.timeline(state)?.next_item_after(before));
            let followed = chat.state.with_untracked(|state| {
                scope
                    .timeline(state)
                    .filter(|timeline| timeline.follows())
                    .map(|timeline| end(scope, timeline))
            });
            let read = match followed {
                _ if !active.get() => return,
                Some(last) if scroll.rests_at_end() => last,
                // Unread items that were skipped are not read.
                _ if next_unread.is_some_and(|next| visible.first <= next) => visible.last,
                _ => return,
            };
            if read > before {
                self.read.set_value(read);
                self.schedule_send();
            }
        });
    }

    fn schedule_send(self) {
        if !self.scheduled.get_value() {
            self.scheduled.set_value(true);
            set_timeout(move || self.send(), SEND_DELAY);
        }
    }

    fn send(self) {
        // The timeline may be unmounted by now; the position was then sent on cleanup.
        if let Some(read) = self.read.try_get_value() {
            self.scheduled.set_value(false);
            self.chat.read_to(self.scope, read);
        }
    }
}

/// How far one has read who sees the end: of a thread up to its last reply, since what comes in the conversation is not in it.
fn end(scope: Scope, timeline: &Timeline) -> Seq {
    match scope.thread {
        None => timeline.last(),
        Some(_) => timeline.items().next_back().map_or(Seq(0), Item::seq),
    }
}
