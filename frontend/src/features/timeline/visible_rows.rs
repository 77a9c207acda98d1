//! Measures which rows of a timeline are visible. The row of an event has its seq in `data-row`.
//! Measures which rows of a timeline are visible. The row of an event has its seq in `data-row`.

use confab_shared::id::Seq;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, Node};

use crate::{
    platform::browser::document,
    state::{AnchorOffset, ScrollAnchor},
};

/// Matches any row.
pub(super) const ANY_ROW: &str = "[data-row], .row";

/// A row counts as visible if at most this much of its lower edge is hidden, in pixels.
const HIDDEN_TOLERANCE: f64 = 8.0;

/// The visible events; 0 where none is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VisibleRows {
    /// The first event of which any part is visible.
    pub(crate) first: Seq,
    /// The last event that is visible to its end.
    pub(crate) last: Seq,
}

/// Measures the visible rows and the anchor at the top of the viewport. A binary search: few rows are measured.
pub(super) fn measure(view: &HtmlElement, list: &HtmlElement) -> (VisibleRows, Option<ScrollAnchor>) {
    let rows = list.children();
    let viewport = view.get_bounding_client_rect();
    let ends_above = |y: f64| {
        partition_point(rows.length(), |at| {
            rows.item(at).is_some_and(|row| row.get_bounding_client_rect().bottom() <= y)
        })
    };
    let (top, bottom) = (ends_above(viewport.top() + 1.0), ends_above(viewport.bottom() + HIDDEN_TOLERANCE));
    let seq_at = |at: u32| rows.item(at).and_then(|row| Some((seq_of(&row)?, row)));
    let first = (top..rows.length()).find_map(seq_at);
    let last = (0..bottom).rev().find_map(seq_at);
    let visible = VisibleRows {
        first: first.as_ref().map_or(Seq(0), |(seq, _)| *seq),
        last: last.map_or(Seq(0), |(seq, _)| seq),
    };
    (visible, first.map(|(seq, row)| ScrollAnchor { seq, offset: anchor_offset(view, &row) }))
}

/// The place of a row as a [`ScrollAnchor`] keeps it.
fn anchor_offset(view: &HtmlElement, row: &Element) -> AnchorOffset {
    let (top, height) = (offset(view, row), row.get_bounding_client_rect().height());
    if top < 0.0 && height > 0.0 { AnchorOffset::Hidden(-top / height) } else { AnchorOffset::Below(top) }
}

/// How far below the top of the viewport a row has to begin to be where its anchor says, in pixels.
pub(super) fn offset_of(anchor: AnchorOffset, row: &Element) -> f64 {
    match anchor {
        AnchorOffset::Below(pixels) => pixels,
        AnchorOffset::Hidden(share) => -share * row.get_bounding_client_rect().height(),
    }
}

/// The first and the last event of which the row holds the focus or an end of the selection; none without them.
pub(super) fn retained(list: &HtmlElement) -> Option<(Seq, Seq)> {
    let document = document();
    let selection = document.get_selection().ok().flatten().filter(|selection| !selection.is_collapsed());
    let ends = selection.into_iter().flat_map(|selection| [selection.anchor_node(), selection.focus_node()]);
    let focused = document.active_element().map(Node::from);
    let seqs = ends.flatten().chain(focused).filter(|node| list.contains(Some(node))).filter_map(|node| {
        let element = node.dyn_into::<Element>().or_else(|node| node.parent_element().ok_or(node)).ok()?;
        element.closest("[data-row]").ok().flatten().and_then(|row| seq_of(&row))
    });
    seqs.fold(None, |range: Option<(Seq, Seq)>, seq| {
        Some(range.map_or((seq, seq), |(first, last)| (first.min(seq), last.max(seq))))
    })
}

/// Whether a row or something in it has the focus.
pub(super) fn has_focus(list: &HtmlElement) -> bool {
    document().active_element().is_some_and(|element| list.contains(Some(&element)))
}

/// How far below the top of the viewport an element begins, in pixels.
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

/// Highlights a row that the user jumped to.
pub(super) fn highlight(content: &HtmlElement, seq: Seq) {
    if let Some(before) = find(content, ".found") {
        let _ = before.class_list().remove_1("found");
    }
    if let Some(row) = row(content, seq) {
        let _ = row.class_list().add_1("found");
    }
}

/// Focuses a message that the user jumped to with the keyboard.
pub(super) fn lead_keyboard(view: &HtmlElement, seq: Seq) {
    let by_keyboard =
        view.matches(":focus-visible").unwrap_or_default() || find(view, ":focus-visible").is_some();
    let message = find(view, &format!("[data-seq='{seq}']")).filter(|_| by_keyboard);
    if let Some(message) = message.and_then(|message| message.dyn_into::<HtmlElement>().ok()) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = message.focus_with_options(&options);
    }
}

fn seq_of(row: &Element) -> Option<Seq> {
    row.dyn_ref::<HtmlElement>()?.get_attribute("data-row")?.parse().ok().map(Seq)
}

/// The first of `count` indexes for which `holds` is false; it is true for all before.
fn partition_point(count: u32, holds: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
