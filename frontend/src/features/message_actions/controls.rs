//! Which message the actions are for, and which of their overlays is open.

use std::time::Duration;

use confab_shared::{
    id::{ConversationId, Seq},
    message::Message,
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

use super::offers::{Offers, offers};
use crate::{
    platform::browser::on_next_frame,
    route::{Route, use_route},
    session::{SessionSignal, use_session},
    state::{Chat, Scope},
    ui::{
        popup::Anchor,
        reactive::{Debounce, ElementRef, effect},
    },
};

/// How long the pointer rests on a message before its toolbar appears, and off it before it goes.
const HOVER_DELAY: Duration = Duration::from_millis(150);

/// An overlay for one message.
#[derive(Clone, Copy)]
pub(super) struct Overlay {
    pub(super) open: RwSignal<bool>,
    of: StoredValue<(Seq, Anchor)>,
}

impl Overlay {
    fn new() -> Self {
        Self { open: RwSignal::new(false), of: StoredValue::new((Seq(0), Anchor::default())) }
    }

    /// Opens it for a message, beside something.
    pub(super) fn show(self, seq: Seq, anchor: Anchor) {
        self.of.set_value((seq, anchor));
        self.open.set(true);
    }

    pub(super) fn seq(self) -> Seq {
        self.of.get_value().0
    }

    pub(super) fn anchor(self) -> Anchor {
        self.of.get_value().1
    }
}

/// The state of the actions of one timeline. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Controls {
    pub(super) chat: Chat,
    pub(super) session: SessionSignal,
    pub(super) scope: Scope,
    pub(super) id: ConversationId,
    pub(super) timeline: ElementRef,
    /// The message that has the toolbar.
    pub(super) shown: RwSignal<Option<Seq>>,
    pub(super) menu: Overlay,
    pub(super) picker: Overlay,
    pub(super) revisions: Overlay,
    pub(super) deletion: Overlay,
    pub(super) forwarding: Overlay,
    pub(super) readers: Overlay,
    hover: Debounce,
    route: Route,
}

impl Controls {
    pub(super) fn new(chat: Chat, scope: Scope, timeline: ElementRef) -> Self {
        Self {
            chat,
            session: use_session(),
            scope,
            id: scope.id,
            timeline,
            shown: RwSignal::new(None),
            menu: Overlay::new(),
            picker: Overlay::new(),
            revisions: Overlay::new(),
            deletion: Overlay::new(),
            forwarding: Overlay::new(),
            readers: Overlay::new(),
            hover: Debounce::new(),
            route: use_route(),
        }
    }

    /// Gives the toolbar to a message after a moment; without one, to that at the keyboard, if there is one.
    pub(super) fn show_soon(self, seq: Option<Seq>) {
        if self.is_occupied() {
            return self.hover.cancel();
        }
        self.hover.schedule(HOVER_DELAY, move || {
            if !self.is_occupied() {
                self.shown.try_set(seq.or_else(|| self.focused()));
            }
        });
    }

    /// The message at the keyboard: it, or something in its row, visibly has the focus.
    fn focused(self) -> Option<Seq> {
        let timeline = self.timeline.get_untracked::<Element>()?;
        timeline.query_selector(".row :focus-visible").ok().flatten().and_then(|element| seq_of(&element))
    }

    /// Gives the toolbar to a message at once.
    pub(super) fn show_now(self, seq: Seq) {
        self.hover.cancel();
        self.shown.set(Some(seq));
    }

    /// Hides the toolbar when an overlay closes: where the mouse or the focus is on a message then, they bring it back.
    pub(super) fn hide_after_overlays(self) {
        effect(move || {
            let open = self.overlays().map(|overlay| overlay.open.get());
            if open == [false; 6] {
                self.show_soon(None);
            }
        });
    }

    /// Whether an overlay is open: the toolbar then stays where it is.
    fn is_occupied(self) -> bool {
        self.overlays().iter().any(|overlay| overlay.open.try_get_untracked().unwrap_or_default())
    }

    fn overlays(self) -> [Overlay; 6] {
        [self.menu, self.picker, self.revisions, self.deletion, self.forwarding, self.readers]
    }

    /// What the user may do with a message.
    pub(super) fn offers(self, seq: Seq) -> Offers {
        self.chat.state.with(|state| offers(state, self.scope, seq))
    }

    /// A message as the user sees it.
    pub(super) fn message(self, seq: Seq) -> Option<Message> {
        self.chat.state.with_untracked(|state| state.message(self.id, seq)).map(|view| view.message)
    }

    /// Makes the composer reply to a message.
    pub(super) fn reply(self, seq: Seq) {
        self.chat.start_reply(self.scope, seq);
    }

    /// The root of the thread that a message is in, or begins.
    pub(super) fn root_of(self, seq: Seq) -> Seq {
        self.message(seq).and_then(|message| message.thread).unwrap_or(seq)
    }

    /// Opens the thread of a message. Within a thread there is no other.
    pub(super) fn open_thread(self, seq: Seq) {
        if self.scope.thread.is_none() {
            self.route.open_thread(self.id, self.root_of(seq));
        }
    }

    /// The element of a message.
    pub(super) fn element(self, seq: Seq) -> Option<HtmlElement> {
        let timeline = self.timeline.get_untracked::<Element>()?;
        let found = timeline.query_selector(&format!("[data-seq='{seq}']")).ok().flatten();
        found.and_then(|found| found.dyn_into().ok())
    }

    /// Opens an overlay once another one is closed and has given its focus back, so that the focus later returns there.
    pub(super) fn open_after(self, closed: Overlay, opened: Overlay) {
        let (seq, anchor) = (closed.seq(), closed.anchor());
        closed.open.set(false);
        on_next_frame(move || {
            on_next_frame(move || {
                if opened.open.try_get_untracked().is_some() {
                    opened.show(seq, anchor);
                }
            });
        });
    }
}

/// The element of an event that is, or is in, what a selector finds.
pub(super) fn closest(event: &Event, selector: &str) -> Option<HtmlElement> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(selector).ok().flatten()?.dyn_into().ok()
}

/// The seq of the message in the row of an element.
pub(super) fn seq_of(element: &Element) -> Option<Seq> {
    let own = element.closest("[data-seq]").ok().flatten();
    let in_row = || element.closest(".row").ok().flatten()?.query_selector("[data-seq]").ok().flatten();
    own.or_else(in_row)?.get_attribute("data-seq")?.parse().ok().map(Seq)
}
