//! The scroll position of a timeline. At the end it stays at the end while events arrive; elsewhere the event at the top
//! of the viewport keeps its place, whatever changes its height above or below.
//!
//! Only the user leaves the end, by scrolling up. The browser also sends a scroll event after the timeline was scrolled
//! to the end by the page, and by then more events may have arrived below: a scroll event that does not move up is not
//! the user's.

use std::{rc::Rc, time::Duration};

use confab_shared::id::Seq;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, FocusOptions, HtmlElement, ResizeObserver};

use crate::{
    features::{
        message_text::unfold,
        timeline::{
            rendered_rows::RenderedRows,
            visible_rows::{self, VisibleRows},
        },
    },
    platform::browser::{is_focus_free, on_next_frame},
    state::ScrollAnchor,
    ui::reactive::{ElementRef, effect},
};

/// The distance to the end that counts as being at the end, in pixels.
const END_TOLERANCE: i32 = 48;

/// How far below the top of the viewport the “New” marker is placed, in pixels: the last read message shows above it.
const MARKER_OFFSET: f64 = 72.0;

/// How far below the top an event is placed that does not fit, in pixels.
const MIN_OFFSET: f64 = 8.0;

/// How long the user waits for an event to scroll to.
const TARGET_TIMEOUT: Duration = Duration::from_secs(5);

/// What to scroll to, as soon as it is in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// The “New” marker, or the end without one.
    Start,
    /// The “New” marker, once it is there.
    NewMarker,
    /// An event, in the middle of the viewport.
    Event(Seq),
    /// The position where the user left the conversation.
    Anchor(ScrollAnchor),
}

/// The scroll position of one timeline.
#[derive(Clone, Copy)]
pub(crate) struct Scroll {
    /// The element that scrolls.
    pub(crate) element: ElementRef,
    /// The element in it that grows.
    pub(crate) content: ElementRef,
    /// The element in that whose children are the rows.
    pub(crate) list: ElementRef,
    /// Whether the timeline stays at its end; false until `ready`.
    pub(crate) at_end: RwSignal<bool>,
    /// Whether the first rows are in place.
    pub(crate) ready: RwSignal<bool>,
    /// The visible rows.
    pub(crate) visible: RwSignal<VisibleRows>,
    rows: RenderedRows,
    state: StoredValue<ScrollState>,
    on_change: StoredValue<Rc<dyn Fn()>, LocalStorage>,
}

#[derive(Clone, Copy, Debug)]
struct ScrollState {
    /// The scroll position when it was last read.
    top: i32,
    /// The event at the top of the viewport.
    anchor: Option<ScrollAnchor>,
    target: Option<Target>,
    /// Whether nobody looks: new events then do not scroll.
    suspended: bool,
    /// Width and height of the viewport when the rows were last measured.
    size: (i32, i32),
    /// Whether a row holds the focus.
    focused: bool,
}

impl Scroll {
    /// Starts at a target.
    pub(crate) fn new(target: Target, rows: RenderedRows) -> Self {
        let state = ScrollState {
            top: 0,
            anchor: None,
            target: Some(target),
            suspended: false,
            size: (0, 0),
            focused: false,
        };
        Self {
            element: ElementRef::new(),
            content: ElementRef::new(),
            list: ElementRef::new(),
            at_end: RwSignal::new(false),
            ready: RwSignal::new(false),
            visible: RwSignal::new(VisibleRows::default()),
            rows,
            state: StoredValue::new(state),
            on_change: StoredValue::new_local(Rc::new(|| {})),
        }
    }

    /// Calls a function whenever the visible rows may have changed.
    pub(crate) fn on_change(self, on_change: impl Fn() + 'static) {
        self.on_change.set_value(Rc::new(on_change));
    }

    /// Restores the position before the next paint, after the content changed.
    pub(crate) fn restore_before_paint(self) {
        on_next_frame(move || self.restore());
    }

    /// Handles a scroll event, caused by the user or by the page.
    pub(crate) fn on_scroll(self) {
        let Some((view, _)) = self.elements().filter(|_| self.ready.get_untracked()) else { return };
        if self.state().size != size_of(&view) {
            // The browser moved the content because the viewport changed, as when a phone is turned.
            return self.restore();
        }
        let (before, top) = (self.state().top, view.scroll_top());
        self.update(|state| state.top = top);
        if self.state().target.is_some() {
            return;
        }
        if self.rows.is_current() && distance_to_end(&view) < END_TOLERANCE {
            self.set_at_end(true);
        } else if self.at_end.get_untracked() && top < before - 1 {
            self.set_at_end(false);
        } else if self.stays_at_end() {
            self.set_top(&view, view.scroll_height());
        }
        self.measure();
    }

    /// Scrolls to the end and stays there.
    pub(crate) fn scroll_to_end(self) {
        self.update(|state| state.target = None);
        self.rows.reveal_newest();
        self.set_at_end(true);
        on_next_frame(move || {
            if let Some((view, _)) = self.elements() {
                self.set_top(&view, view.scroll_height());
                self.measure();
            }
        });
    }

    /// Scrolls to a target as soon as it is in the document.
    pub(crate) fn scroll_to(self, target: Target) {
        self.update(|state| state.target = Some(target));
        match target {
            Target::NewMarker => self.rows.reveal_start(),
            Target::Event(seq) => {
                unfold(self.rows.conversation(), seq);
                // The event may never arrive: its fetch can fail.
                set_timeout(move || self.give_up(target), TARGET_TIMEOUT);
            }
            _ => {}
        }
        self.restore_before_paint();
    }

    /// Drops a target that was not reached, so that the user can scroll again.
    fn give_up(self, target: Target) {
        if self.state.try_get_value().is_some_and(|state| state.target == Some(target)) {
            let start = (!self.ready.get_untracked()).then_some(Target::Start);
            self.update(|state| state.target = start);
            self.restore();
        }
    }

    /// Stops scrolling with new events: nobody looks.
    pub(crate) fn suspend(self) {
        self.update(|state| state.suspended = true);
        // What is in view is not pushed out by what comes.
        self.rows.follow(self.visible.get_untracked(), false, None);
    }

    /// Scrolls with new events again.
    pub(crate) fn resume(self) {
        self.update(|state| state.suspended = false);
        self.restore_before_paint();
    }

    /// Whether the user sees the end, with no other target pending.
    pub(crate) fn rests_at_end(self) -> bool {
        self.at_end.get_untracked() && self.is_settled() && !self.state().suspended
    }

    /// Whether no target is pending.
    pub(crate) fn is_settled(self) -> bool {
        self.state().target.is_none()
    }

    /// The event at the top of the viewport; none at the end.
    pub(crate) fn anchor(self) -> Option<ScrollAnchor> {
        self.state().anchor.filter(|_| !self.at_end.get_untracked())
    }

    /// Restores the position whenever the viewport or a row changes its size: the composer grows, a keyboard opens.
    pub(crate) fn observe_resizes(self) {
        effect(move || {
            let Some((view, content)) = self.element.get::<Element>().zip(self.content.get::<Element>())
            else {
                return;
            };
            let on_resize = Closure::<dyn Fn(JsValue)>::new(move |_: JsValue| self.restore());
            let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) else { return };
            observer.observe(&view);
            observer.observe(&content);
            let observer = StoredValue::new_local((observer, on_resize));
            on_cleanup(move || {
                observer.try_with_value(|(observer, _)| observer.disconnect());
            });
        });
    }

    fn restore(self) {
        // The timeline may be unmounted by now.
        let Some((view, content)) = self.elements() else { return };
        self.keep_focus(&view);
        match self.state().target {
            Some(target) if self.try_reach(&view, &content, target) => {
                self.update(|state| state.target = None);
            }
            // No row is there yet.
            Some(_) if !self.ready.get_untracked() => return,
            None if self.stays_at_end() => self.set_top(&view, view.scroll_height()),
            _ => self.restore_anchor(&view, &content),
        }
        self.measure();
    }

    /// Scrolls to a target; answers whether it was in the document.
    fn try_reach(self, view: &HtmlElement, content: &HtmlElement, target: Target) -> bool {
        let marker = || visible_rows::find(content, "[data-testid=new-line]");
        let row = |seq: Seq| visible_rows::row(content, seq);
        let (element, offset) = match target {
            Target::Start if content.query_selector(visible_rows::ANY_ROW).ok().flatten().is_none() => {
                return false;
            }
            Target::NewMarker if marker().is_none() && !self.rows.is_current() => return false,
            Target::Start | Target::NewMarker => (marker(), MARKER_OFFSET),
            Target::Anchor(anchor) => {
                let element = row(anchor.seq);
                let offset = element.as_ref().map_or(0.0, |row| visible_rows::offset_of(anchor.offset, row));
                (element, offset)
            }
            Target::Event(seq) => {
                let element = row(seq);
                let height = element.as_ref().map_or(0.0, |row| row.get_bounding_client_rect().height());
                // A message that is taller than the viewport begins at its top.
                (element, ((f64::from(view.client_height()) - height) / 2.0).max(MIN_OFFSET))
            }
        };
        match (element, target) {
            (Some(element), _) => self.align(view, &element, offset),
            (None, Target::Event(seq) | Target::Anchor(ScrollAnchor { seq, .. })) => {
                self.rows.reveal(seq);
                return false;
            }
            (None, _) => self.set_top(view, view.scroll_height()),
        }
        if let Target::Event(seq) = target {
            visible_rows::highlight(content, seq);
            visible_rows::lead_keyboard(view, seq);
        }
        self.ready.set(true);
        self.set_at_end(self.rows.is_current() && distance_to_end(view) < END_TOLERANCE);
        true
    }

    /// Scrolls until an element begins so far below the top of the viewport.
    fn align(self, view: &HtmlElement, element: &Element, offset: f64) {
        let distance = visible_rows::offset(view, element) - offset;
        if distance.abs() >= 1.0 {
            #[expect(clippy::cast_possible_truncation, reason = "a position on a page is small")]
            self.set_top(view, view.scroll_top() + distance.round() as i32);
        }
    }

    fn restore_anchor(self, view: &HtmlElement, content: &HtmlElement) {
        let anchor = self.state().anchor;
        if let Some((row, anchor)) =
            anchor.and_then(|anchor| Some((visible_rows::row(content, anchor.seq)?, anchor)))
        {
            self.align(view, &row, visible_rows::offset_of(anchor.offset, &row));
        }
    }

    fn set_top(self, view: &HtmlElement, top: i32) {
        view.set_scroll_top(top);
        let top = view.scroll_top();
        self.update(|state| state.top = top);
    }

    /// Measures the visible rows.
    fn measure(self) {
        let elements = self.elements().filter(|_| self.ready.get_untracked());
        let Some(((view, _), list)) = elements.zip(self.list.get_untracked::<HtmlElement>()) else { return };
        let (visible, anchor) = visible_rows::measure(&view, &list);
        let retained = visible_rows::retained(&list);
        let focused = visible_rows::has_focus(&list);
        self.update(|state| (state.anchor, state.size, state.focused) = (anchor, size_of(&view), focused));
        if self.visible.get_untracked() != visible {
            self.visible.set(visible);
        }
        // A pending target decides what is rendered.
        if self.is_settled() {
            self.rows.follow(visible, self.stays_at_end(), retained);
        }
        if let Some(on_change) = self.on_change.try_get_value() {
            on_change();
        }
    }

    /// The timeline takes the focus over from a row that is not rendered any more.
    fn keep_focus(self, view: &HtmlElement) {
        if self.state().focused && is_focus_free() {
            let options = FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = view.focus_with_options(&options);
        }
    }

    fn stays_at_end(self) -> bool {
        self.at_end.get_untracked() && !self.state().suspended
    }

    fn set_at_end(self, at_end: bool) {
        if self.at_end.get_untracked() != at_end {
            self.at_end.set(at_end);
        }
    }

    fn elements(self) -> Option<(HtmlElement, HtmlElement)> {
        self.element.get_untracked().zip(self.content.get_untracked())
    }

    fn state(self) -> ScrollState {
        self.state.get_value()
    }

    fn update(self, update: impl FnOnce(&mut ScrollState)) {
        self.state.update_value(update);
    }
}

/// Width and height of the viewport, in pixels.
fn size_of(view: &HtmlElement) -> (i32, i32) {
    (view.client_width(), view.client_height())
}

/// The distance from the viewport to the end, in pixels.
fn distance_to_end(view: &HtmlElement) -> i32 {
    view.scroll_height() - view.scroll_top() - view.client_height()
}
