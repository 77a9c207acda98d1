//! The keyboard in a timeline: the arrow keys move the focus from row to row, End leads to the newest message.

use confab_shared::id::ConversationId;
use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::{
    features::timeline::{scroll::Scroll, visible_rows},
    platform::{browser::document, input_method::is_composing},
    state::Chat,
};

pub(super) fn on_keydown(event: &KeyboardEvent, chat: Chat, id: ConversationId, scroll: Scroll) {
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
    if modified || event.default_prevented() || is_composing(event) {
        return;
    }
    let Some(list) = scroll.list.get_untracked::<HtmlElement>() else { return };
    let focused =
        document().active_element().and_then(|element| element.closest("[data-row]").ok().flatten());
    let target = match (event.key().as_str(), focused) {
        ("ArrowUp", Some(row)) => neighbour(row, |row| row.previous_element_sibling()),
        ("ArrowDown", Some(row)) => neighbour(row, |row| row.next_element_sibling()),
        ("ArrowUp" | "ArrowDown", None) => {
            let visible = scroll.visible.get_untracked();
            visible_rows::row(&list, visible.last.max(visible.first))
        }
        ("End", _) => {
            chat.open_newest(id);
            scroll.scroll_to_end();
            None
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(row) = target.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
        focus(&row);
    }
}

/// The next row of an event in a direction.
fn neighbour(mut row: Element, next: impl Fn(&Element) -> Option<Element>) -> Option<Element> {
    loop {
        row = next(&row)?;
        if row.has_attribute("data-row") {
            return Some(row);
        }
    }
}

/// Focuses a row and scrolls no further than needed to show it.
fn focus(row: &HtmlElement) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = row.focus_with_options(&options);
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    row.scroll_into_view_with_scroll_into_view_options(&options);
}
