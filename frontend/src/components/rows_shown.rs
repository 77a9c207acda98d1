//! Which rows of a timeline are on the screen. A row of an event names its seq in `data-row`.

use confab_shared::id::Seq;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::state::ReadingPlace;

/// What there is once a timeline has rows.
pub(crate) const CONTENT: &str = "[data-row], .row";

/// A row counts as shown when no more than this of its lower edge is hidden, in pixels.
const HIDDEN: f64 = 8.0;

/// The events on the screen; 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// The first of which anything is to be seen.
    pub(crate) first: Seq,
    /// The last that is to be seen to its end.
    pub(crate) last: Seq,
}

/// Which rows are on the screen, and what is at its top. Rows stand in order, so that few of them are measured.
pub(crate) fn look(view: &HtmlElement, content: &HtmlElement) -> (Shown, Option<ReadingPlace>) {
    let rows = content.children();
    let screen = view.get_bounding_client_rect();
    let ends_above = |y: f64| {
        partition_point(rows.length(), |at| {
            rows.item(at).is_some_and(|row| row.get_bounding_client_rect().bottom() <= y)
        })
    };
    let (top, bottom) = (ends_above(screen.top() + 1.0), ends_above(screen.bottom() + HIDDEN));
    let seq_at = |at: u32| rows.item(at).and_then(|row| Some((seq_of(&row)?, row)));
    let first = (top..rows.length()).find_map(seq_at);
    let last = (0..bottom).rev().find_map(seq_at);
    let shown = Shown {
        first: first.as_ref().map_or(Seq(0), |(seq, _)| *seq),
        last: last.map_or(Seq(0), |(seq, _)| seq),
    };
    (shown, first.map(|(seq, row)| ReadingPlace { seq, offset: offset(view, &row) }))
}

/// How far below the top of the screen an element begins, in pixels.
pub(crate) fn offset(view: &HtmlElement, element: &Element) -> f64 {
    element.get_bounding_client_rect().top() - view.get_bounding_client_rect().top()
}

/// The row of an event.
pub(crate) fn row(content: &HtmlElement, seq: Seq) -> Option<Element> {
    find(content, &format!("[data-row='{seq}']"))
}

pub(crate) fn find(content: &HtmlElement, selector: &str) -> Option<Element> {
    content.query_selector(selector).ok().flatten()
}

/// Draws the eye to a row that was looked for.
pub(crate) fn mark_found(content: &HtmlElement, seq: Seq) {
    if let Some(before) = find(content, ".found") {
        let _ = before.class_list().remove_1("found");
    }
    if let Some(row) = row(content, seq) {
        let _ = row.class_list().add_1("found");
    }
}

fn seq_of(row: &Element) -> Option<Seq> {
    row.dyn_ref::<HtmlElement>()?.get_attribute("data-row")?.parse().ok().map(Seq)
}

/// The first of `count` places for which something does not hold that holds for all before it.
fn partition_point(count: u32, holds: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
