//! The part of the list that is in the document: the rows in view and some above and below. All rows have the height that
//! the style sheet gives them, so that their places and the height of the whole list need no row.

use std::ops::Range;

use leptos::prelude::*;
use web_sys::{Element, HtmlElement};

use crate::{
    platform::browser::on_resize,
    ui::reactive::{ElementRef, effect},
};

/// How many rows are in the document above those in view, and below: what a turn of the wheel reaches before the next
/// scroll event.
const OVERSCAN: usize = 10;

/// The rows that are in the document before the list was measured.
const INITIAL_ROWS: usize = 30;

/// The window of one list.
#[derive(Clone, Copy)]
pub(crate) struct ListWindow {
    /// The element that scrolls; the list is at its top.
    pub(crate) scroller: ElementRef,
    /// The list, as high as all of its rows.
    pub(crate) list: ElementRef,
    rows: RwSignal<(usize, usize)>,
}

impl ListWindow {
    pub(crate) fn new() -> Self {
        let window = Self {
            scroller: ElementRef::new(),
            list: ElementRef::new(),
            rows: RwSignal::new((0, INITIAL_ROWS)),
        };
        effect(move || {
            if let Some(scroller) = window.scroller.get::<Element>() {
                on_resize(&scroller, move || window.measure());
            }
        });
        window
    }

    /// The rows that are in the document, of a list of `count`.
    pub(crate) fn rows(self, count: usize) -> Range<usize> {
        clamp(self.rows.get(), count)
    }

    /// Takes the place to which the list was scrolled.
    pub(crate) fn measure(self) {
        let Some((top, height, row)) = self.geometry() else { return };
        let rows = rows_in_view(top, height, row);
        if self.rows.get_untracked() != rows {
            self.rows.set(rows);
        }
    }

    /// Scrolls as little as needed to bring a row into view.
    pub(crate) fn reveal(self, index: usize) {
        let Some((top, height, row)) = self.geometry() else { return };
        let start = index as f64 * row;
        self.scroll_to(if start < top { start } else { top.max(start + row - height) });
    }

    /// Scrolls to a distance from the top, in pixels.
    pub(crate) fn scroll_to(self, top: f64) {
        if let Some(scroller) = self.scroller.get_untracked::<Element>() {
            scroller.set_scroll_top(top.round() as i32);
            self.measure();
        }
    }

    /// Runs what would scroll the list, and scrolls it back.
    pub(crate) fn keeping_place(self, run: impl FnOnce()) {
        let scroller = self.scroller.get_untracked::<Element>();
        let top = scroller.as_ref().map(Element::scroll_top);
        run();
        if let Some((scroller, top)) = scroller.zip(top) {
            scroller.set_scroll_top(top);
        }
    }

    /// The scroll position, the height of the view and the height of a row in pixels; none while the list is not shown.
    fn geometry(self) -> Option<(f64, f64, f64)> {
        let scroller = self.scroller.get_untracked::<HtmlElement>()?;
        let list = self.list.get_untracked::<HtmlElement>()?;
        let count: u32 = list.get_attribute("data-count")?.parse().ok()?;
        let row = f64::from(list.offset_height()) / f64::from(count);
        let shown = row.is_finite() && row > 0.0 && scroller.client_height() > 0;
        shown.then(|| (f64::from(scroller.scroll_top()), f64::from(scroller.client_height()), row))
    }
}

fn rows_in_view(top: f64, height: f64, row: f64) -> (usize, usize) {
    let first = (top / row).floor().max(0.0) as usize;
    let end = ((top + height) / row).ceil().max(0.0) as usize;
    (first.saturating_sub(OVERSCAN), end + OVERSCAN)
}

/// The rows of a list that has become shorter end with its last one.
fn clamp((first, end): (usize, usize), count: usize) -> Range<usize> {
    let end_in_list = end.min(count);
    let first = if end > count { first.min(count.saturating_sub(end - first)) } else { first };
    first..end_in_list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_in_view_and_some_around_them_are_in_the_document() {
        assert_eq!(rows_in_view(0.0, 600.0, 60.0), (0, 10 + OVERSCAN));
        assert_eq!(rows_in_view(6_030.0, 600.0, 60.0), (100 - OVERSCAN, 111 + OVERSCAN));
    }

    #[test]
    fn a_list_that_became_shorter_shows_its_end() {
        assert_eq!(clamp((90, 130), 2_000), 90..130);
        assert_eq!(clamp((90, 130), 100), 60..100);
        assert_eq!(clamp((90, 130), 5), 0..5);
        assert_eq!(clamp((0, 30), 0), 0..0);
    }
}
