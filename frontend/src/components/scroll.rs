//! Where a timeline is scrolled to: at the end it stays at the end; elsewhere what one reads does not move, whatever
//! is added above or below.

use confab_shared::ids::Seq;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{HtmlElement, ResizeObserver};

use crate::{
    browser::before_paint,
    reactive::{Slot, watch},
};

/// Nearer to the end than this counts as being there, in pixels.
const NEAR_END: i32 = 48;

/// Nearer to the beginning than this, older messages are wanted, in pixels.
const NEAR_BEGINNING: i32 = 600;

/// What was in the timeline when it was last brought in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    /// The oldest seq shown.
    pub(crate) bottom: Seq,
    /// Whether the person just added a message.
    pub(crate) wrote: bool,
}

/// The scroll position of one timeline.
#[derive(Clone, Copy)]
pub(crate) struct Scroll {
    /// The element that scrolls.
    pub(crate) element: Slot,
    /// Whether the end is in view; false until the first messages are in place.
    pub(crate) at_end: RwSignal<bool>,
    /// Whether the first messages are in place.
    pub(crate) placed: RwSignal<bool>,
    /// The height of the content when it was last in place, and the oldest seq shown then.
    last: StoredValue<(i32, Seq)>,
}

impl Scroll {
    pub(crate) fn new() -> Self {
        Self {
            element: Slot::new(),
            at_end: RwSignal::new(false),
            placed: RwSignal::new(false),
            last: StoredValue::new((0, Seq(0))),
        }
    }

    /// The content changed: brings it in place before it is painted.
    pub(crate) fn content_changed(self, shape: Shape, then: impl Fn() + 'static) {
        before_paint(move || {
            // The conversation may have been left meanwhile.
            let Some(element) = self.element.now::<HtmlElement>() else { return };
            self.place(&element, shape);
            self.last.set_value((element.scroll_height(), shape.bottom));
            self.look();
            then();
        });
    }

    fn place(self, element: &HtmlElement, shape: Shape) {
        let (height, bottom) = self.last.get_value();
        if !self.placed.get_untracked() {
            self.placed.set(true);
            element.set_scroll_top(element.scroll_height());
            show_new_line(element);
        } else if shape.wrote || self.at_end.get_untracked() {
            element.set_scroll_top(element.scroll_height());
        } else if shape.bottom < bottom {
            // Older messages came above: all below them moved down by what they take.
            let grown = element.scroll_height() - height;
            element.set_scroll_top(element.scroll_top() + grown);
        }
    }

    /// Scrolls to the newest message.
    pub(crate) fn to_end(self) {
        if let Some(element) = self.element.now::<HtmlElement>() {
            element.set_scroll_top(element.scroll_height());
            self.look();
        }
    }

    /// Sees whether the end is in view.
    pub(crate) fn look(self) {
        if let Some(element) = self.element.now::<HtmlElement>().filter(|_| self.placed.get_untracked()) {
            let below = element.scroll_height() - element.scroll_top() - element.client_height();
            let at_end = below < NEAR_END;
            if self.at_end.get_untracked() != at_end {
                self.at_end.set(at_end);
            }
        }
    }

    /// Whether older messages are wanted.
    pub(crate) fn near_beginning(self) -> bool {
        let near = |element: HtmlElement| element.scroll_top() < NEAR_BEGINNING;
        self.placed.get_untracked() && self.element.now::<HtmlElement>().is_some_and(near)
    }

    /// Keeps the end in view when the room for the timeline changes: the composer grows, a keyboard comes up.
    pub(crate) fn keep_through_resizes(self) {
        watch(move || {
            let Some(element) = self.element.get::<HtmlElement>() else { return };
            let resized = Closure::<dyn Fn(JsValue)>::new(move |_: JsValue| {
                if self.at_end.try_get_untracked() == Some(true) {
                    self.to_end();
                }
            });
            let Ok(observer) = ResizeObserver::new(resized.as_ref().unchecked_ref()) else { return };
            observer.observe(&element);
            let held = StoredValue::new_local((observer, resized));
            on_cleanup(move || {
                held.try_with_value(|(observer, _)| observer.disconnect());
            });
        });
    }
}

/// Where more is unread than fits, reading begins at the first of it.
fn show_new_line(element: &HtmlElement) {
    let line = element.query_selector("[data-testid=new-line]").ok().flatten();
    if let Some(line) = line.and_then(|line| line.dyn_into::<HtmlElement>().ok()) {
        let top = line.offset_top() - element.offset_top() - 12;
        if top < element.scroll_top() {
            element.set_scroll_top(top);
        }
    }
}
