//! Reads what is on the screen, and nothing else: an event is read once it and all unread ones before it were shown, or
//! at the end of the conversation.

use std::{cell::Cell, time::Duration};

use confab_shared::id::{ConversationId, Seq};
use leptos::prelude::*;

use crate::{
    browser::{document, listen, visible},
    components::scroll::{Scroll, Target},
    reactive::{memo, watch},
    state::{Chat, Connection},
};

/// How long what was read may wait until the server knows: a reader who scrolls sends a few positions, not hundreds.
const SEND_AFTER: Duration = Duration::from_millis(120);

/// Follows one reader through one conversation.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    chat: Chat,
    id: ConversationId,
    scroll: Scroll,
    /// Whether somebody looks, and the server is in touch.
    active: Memo<bool>,
    /// The newest event that was read.
    seen: StoredValue<Seq>,
    sending: StoredValue<bool>,
}

impl Reading {
    /// Reads for as long as the reactive owner lives.
    pub(crate) fn of(chat: Chat, id: ConversationId, scroll: Scroll) -> Self {
        let tab_seen = RwSignal::new(visible());
        listen(&document(), "visibilitychange", move |_: web_sys::Event| tab_seen.set(visible()));
        let active = memo(move || {
            tab_seen.get() && matches!(chat.connection(), Connection::Online | Connection::Unplugged)
        });
        let reading = Self {
            chat,
            id,
            scroll,
            active,
            seen: StoredValue::new(Seq(0)),
            sending: StoredValue::new(false),
        };
        reading.stop_and_go_on();
        reading.pause_away_from_the_end();
        reading.read_what_is_shown();
        on_cleanup(move || reading.send());
        reading
    }

    /// While nobody looks, or the server is out of touch, what comes stays below what was read; on return the “New”
    /// line is shown.
    fn stop_and_go_on(self) {
        let Self { chat, id, scroll, active, .. } = self;
        let before = Cell::new(None);
        watch(move || match (before.replace(Some(active.get())), active.get_untracked()) {
            (None | Some(true), false) => {
                self.send();
                scroll.suspend();
                chat.pause_reading(id);
            }
            (Some(false), true) => untrack(move || {
                let new = chat.opened().is_some_and(|opened| opened.id == id && opened.new_after().is_some());
                let unread = chat.state.with(|state| state.conversation(id).is_some_and(|c| c.unread() > 0));
                match scroll.at_end.get() {
                    true if new && unread => scroll.to(Target::Line),
                    true => chat.resume_reading(id),
                    false => {}
                }
                scroll.resume();
            }),
            _ => {}
        });
    }

    fn pause_away_from_the_end(self) {
        let Self { chat, id, scroll, active, .. } = self;
        watch(move || match (scroll.placed.get(), scroll.at_end.get()) {
            (true, true) if active.get_untracked() => chat.resume_reading(id),
            (true, false) => chat.pause_reading(id),
            _ => {}
        });
    }

    fn read_what_is_shown(self) {
        let Self { chat, id, scroll, active, .. } = self;
        let head =
            memo(move || chat.state.with(|state| state.conversation(id).map(|c| (c.head_seq, c.read_seq))));
        watch(move || {
            scroll.at_end.track();
            let shown = scroll.shown.get();
            let cursor = head.get().map_or(Seq(0), |(_, cursor)| cursor);
            let seen = self.seen.get_value().max(cursor);
            let held = chat.state.with_untracked(|state| {
                state.timeline(id).map(|timeline| (timeline.top(), timeline.follows()))
            });
            let read = match held {
                _ if !active.get() => return,
                Some((top, true)) if scroll.rests_at_end() => top,
                // What was skipped is not read.
                Some(_) if shown.first <= seen.next() => shown.last,
                _ => return,
            };
            if read > seen {
                self.seen.set_value(read);
                self.send_soon();
            }
        });
    }

    fn send_soon(self) {
        if !self.sending.get_value() {
            self.sending.set_value(true);
            set_timeout(move || self.send(), SEND_AFTER);
        }
    }

    fn send(self) {
        // The conversation may have been left meanwhile, which sent what was read.
        if let Some(seen) = self.seen.try_get_value() {
            self.sending.set_value(false);
            self.chat.read_to(self.id, seen);
        }
    }
}
