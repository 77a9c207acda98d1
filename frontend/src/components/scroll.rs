//! Where a timeline is scrolled to. At its end it stays at the end, however fast and tall what comes is; elsewhere the
//! event at the top of the screen stays where it is, whatever changes its height above or below.
//!
//! Only the reader leaves the end, by scrolling up. A scroll event alone does not say so: the browser also sends one
//! after it was moved to the end, and by then more may have come below. So an event in which the position did not
//! become less is no reader's.

use std::rc::Rc;

use confab_shared::id::Seq;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};

use crate::{
    browser::before_paint,
    components::rows_shown::{self, Shown},
    reactive::{Slot, watch},
    state::ReadingPlace,
};

/// Nearer to the end than this counts as being there, in pixels.
const NEAR_END: i32 = 48;

/// Nearer to an edge of what is held than this, more is wanted, in pixels.
const NEAR_EDGE: i32 = 600;

/// How far below the top of the screen the “New” line is put, in pixels: what was read last shows above it.
const LINE_OFFSET: f64 = 72.0;

/// Where the timeline is to be brought, once what is to be shown there is in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// The “New” line, or the end where there is none.
    Start,
    /// The “New” line, which is on its way.
    Line,
    /// An event, in the middle of the screen.
    Event(Seq),
    /// Where one was before.
    Place(ReadingPlace),
}

/// The scroll position of one timeline.
#[derive(Clone, Copy)]
pub(crate) struct Scroll {
    /// The element that scrolls.
    pub(crate) element: Slot,
    /// The element in it that grows.
    pub(crate) content: Slot,
    /// Whether the reader is at the end and stays there; false until the first messages are in place.
    pub(crate) at_end: RwSignal<bool>,
    /// Whether the first messages are in place.
    pub(crate) placed: RwSignal<bool>,
    /// Which rows are on the screen.
    pub(crate) shown: RwSignal<Shown>,
    /// Whether the rows end with the newest event of the conversation.
    current: Memo<bool>,
    position: StoredValue<Position>,
    moved: StoredValue<Rc<dyn Fn()>, LocalStorage>,
}

#[derive(Clone, Copy, Debug)]
struct Position {
    /// The scroll position when it was last looked at.
    top: i32,
    /// What is at the top of the screen.
    anchor: Option<ReadingPlace>,
    target: Option<Target>,
    /// Nobody looks: what comes moves nothing.
    suspended: bool,
}

impl Scroll {
    /// Begins at the target. `current` says whether the rows end with the newest event.
    pub(crate) fn new(target: Target, current: Memo<bool>) -> Self {
        let position = Position { top: 0, anchor: None, target: Some(target), suspended: false };
        Self {
            element: Slot::new(),
            content: Slot::new(),
            at_end: RwSignal::new(false),
            placed: RwSignal::new(false),
            shown: RwSignal::new(Shown::default()),
            current,
            position: StoredValue::new(position),
            moved: StoredValue::new_local(Rc::new(|| {})),
        }
    }

    /// Calls `moved` whenever something else may be on the screen.
    pub(crate) fn on_moved(self, moved: impl Fn() + 'static) {
        self.moved.set_value(Rc::new(moved));
    }

    /// Brings the timeline in place before it is painted next: its content changed.
    pub(crate) fn settle_soon(self) {
        before_paint(move || self.settle());
    }

    /// The reader scrolled, or the browser did.
    pub(crate) fn scrolled(self) {
        let Some((view, _)) = self.elements().filter(|_| self.placed.get_untracked()) else { return };
        let (before, top) = (self.position().top, view.scroll_top());
        self.update(|position| position.top = top);
        if self.position().target.is_some() {
            return;
        }
        if self.current.get_untracked() && below(&view) < NEAR_END {
            self.set_at_end(true);
        } else if self.at_end.get_untracked() && top < before - 1 {
            self.set_at_end(false);
        } else if self.stays_at_end() {
            self.set_top(&view, view.scroll_height());
        }
        self.look();
    }

    /// Goes to the newest message that is held, and stays with whatever comes after it.
    pub(crate) fn to_end(self) {
        self.update(|position| position.target = None);
        self.set_at_end(true);
        before_paint(move || {
            if let Some((view, _)) = self.elements() {
                self.set_top(&view, view.scroll_height());
                self.look();
            }
        });
    }

    /// Goes to a target, once that is there.
    pub(crate) fn to(self, target: Target) {
        self.update(|position| position.target = Some(target));
        self.settle_soon();
    }

    /// Nobody looks from now on: what comes below the end moves nothing.
    pub(crate) fn suspend(self) {
        self.update(|position| position.suspended = true);
    }

    /// Somebody looks again.
    pub(crate) fn resume(self) {
        self.update(|position| position.suspended = false);
        self.settle_soon();
    }

    /// Whether the end is what the reader sees, and not what is to be brought in place next.
    pub(crate) fn rests_at_end(self) -> bool {
        self.at_end.get_untracked() && self.is_in_place() && !self.position().suspended
    }

    /// Whether nothing is to be brought in place.
    pub(crate) fn is_in_place(self) -> bool {
        self.position().target.is_none()
    }

    /// What is at the top of the screen; none at the end.
    pub(crate) fn place(self) -> Option<ReadingPlace> {
        self.position().anchor.filter(|_| !self.at_end.get_untracked())
    }

    /// Whether older events are wanted.
    pub(crate) fn near_oldest(self) -> bool {
        self.placed.get_untracked() && self.elements().is_some_and(|(view, _)| view.scroll_top() < NEAR_EDGE)
    }

    /// Whether newer events are wanted.
    pub(crate) fn near_newest(self) -> bool {
        self.placed.get_untracked() && self.elements().is_some_and(|(view, _)| below(&view) < NEAR_EDGE)
    }

    /// Keeps everything in place when the room for the timeline or the height of anything in it changes: the composer
    /// grows, a keyboard comes up, a row gets taller.
    pub(crate) fn keep_through_resizes(self) {
        watch(move || {
            let Some((view, content)) = self.element.get::<Element>().zip(self.content.get::<Element>())
            else {
                return;
            };
            let resized = Closure::<dyn Fn(JsValue)>::new(move |_: JsValue| self.settle());
            let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) else { return };
            observer.observe(&view);
            observer.observe(&content);
            let held = StoredValue::new_local((observer, resized));
            on_cleanup(move || {
                held.try_with_value(|(observer, _)| observer.disconnect());
            });
        });
    }

    fn settle(self) {
        // The conversation may have been left meanwhile.
        let Some((view, content)) = self.elements() else { return };
        match self.position().target {
            Some(target) if self.try_reach(&view, &content, target) => {
                self.update(|position| position.target = None);
            }
            // Nothing is there to be put in place yet.
            Some(_) if !self.placed.get_untracked() => return,
            None if self.stays_at_end() => self.set_top(&view, view.scroll_height()),
            _ => self.keep_anchor(&view, &content),
        }
        self.look();
    }

    /// Goes to a target; answers whether it is there.
    fn try_reach(self, view: &HtmlElement, content: &HtmlElement, target: Target) -> bool {
        let line = || rows_shown::find(content, "[data-testid=new-line]");
        let row = |seq: Seq| rows_shown::row(content, seq);
        let (element, offset) = match target {
            Target::Start if content.query_selector(rows_shown::CONTENT).ok().flatten().is_none() => {
                return false;
            }
            Target::Line if line().is_none() && !self.current.get_untracked() => return false,
            Target::Start | Target::Line => (line(), LINE_OFFSET),
            Target::Place(place) => (row(place.seq), place.offset),
            Target::Event(seq) => {
                let element = row(seq);
                let height = element.as_ref().map_or(0.0, |row| row.get_bounding_client_rect().height());
                (element, (f64::from(view.client_height()) - height) / 2.0)
            }
        };
        match (element, target) {
            (Some(element), _) => self.put(view, &element, offset),
            (None, Target::Event(_) | Target::Place(_)) => return false,
            (None, _) => self.set_top(view, view.scroll_height()),
        }
        if let Target::Event(seq) = target {
            rows_shown::mark_found(content, seq);
        }
        self.placed.set(true);
        self.set_at_end(self.current.get_untracked() && below(view) < NEAR_END);
        true
    }

    /// Scrolls until an element is so far below the top of the screen.
    fn put(self, view: &HtmlElement, element: &Element, offset: f64) {
        let moved = rows_shown::offset(view, element) - offset;
        if moved.abs() >= 1.0 {
            #[expect(clippy::cast_possible_truncation, reason = "a position on a page is small")]
            self.set_top(view, view.scroll_top() + moved.round() as i32);
        }
    }

    fn keep_anchor(self, view: &HtmlElement, content: &HtmlElement) {
        let anchor = self.position().anchor;
        if let Some((row, place)) =
            anchor.and_then(|place| Some((rows_shown::row(content, place.seq)?, place)))
        {
            self.put(view, &row, place.offset);
        }
    }

    fn set_top(self, view: &HtmlElement, top: i32) {
        view.set_scroll_top(top);
        let top = view.scroll_top();
        self.update(|position| position.top = top);
    }

    /// Sees what is on the screen.
    fn look(self) {
        let Some((view, content)) = self.elements().filter(|_| self.placed.get_untracked()) else { return };
        let (shown, anchor) = rows_shown::look(&view, &content);
        self.update(|position| position.anchor = anchor);
        if self.shown.get_untracked() != shown {
            self.shown.set(shown);
        }
        if let Some(moved) = self.moved.try_get_value() {
            moved();
        }
    }

    fn stays_at_end(self) -> bool {
        self.at_end.get_untracked() && !self.position().suspended
    }

    fn set_at_end(self, at_end: bool) {
        if self.at_end.get_untracked() != at_end {
            self.at_end.set(at_end);
        }
    }

    fn elements(self) -> Option<(HtmlElement, HtmlElement)> {
        self.element.now().zip(self.content.now())
    }

    fn position(self) -> Position {
        self.position.get_value()
    }

    fn update(self, update: impl FnOnce(&mut Position)) {
        self.position.update_value(update);
    }
}

/// How much is below what can be seen, in pixels.
fn below(view: &HtmlElement) -> i32 {
    view.scroll_height() - view.scroll_top() - view.client_height()
}
