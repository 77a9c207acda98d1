//! Moving the keyboard through the list and to the field of its search.

use confab_shared::id::{ConversationId, UserId};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{
    hits::{Hit, Hits},
    list_window::ListWindow,
};
use crate::platform::browser::{document, is_focus_free, on_next_frame};

/// The id of the element that holds all entries: the field of the search refers to it.
pub(super) const LIST_ID: &str = "conversations";

/// The id of the field of the search.
pub(super) const FIELD_ID: &str = "filter";

/// Moves the keyboard to the field of the search.
pub(crate) fn focus_filter() {
    if let Some(field) = html_element(FIELD_ID) {
        let _ = field.focus();
    }
}

/// Moves the keyboard to an entry.
pub(super) fn focus(hits: Hits, window: ListWindow, hit: Hit) {
    choose(hits, window, hit);
    on_next_frame(move || {
        if let Some(element) = element_of(hit) {
            let _ = element.focus();
        }
    });
}

/// Makes an entry the current one and brings it into view; the focus stays where it is.
pub(super) fn choose(hits: Hits, window: ListWindow, hit: Hit) {
    hits.choose(hit);
    match hit {
        Hit::Conversation(id) => {
            let index = hits.conversations.with_untracked(|all| all.iter().position(|other| *other == id));
            if let Some(index) = index {
                window.reveal(index);
            }
        }
        Hit::Person(_) | Hit::Messages => on_next_frame(move || {
            if let Some(element) = element_of(hit) {
                element.scroll_into_view_with_bool(false);
            }
        }),
    }
}

/// Focuses the entry that has the focus now again, once the list is in its new order: the browser takes the focus from an
/// element that is moved.
pub(super) fn keep_focus(window: ListWindow) {
    let focused = document().active_element().filter(|element| hit_of(element).is_some());
    let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) else { return };
    on_next_frame(move || {
        if is_focus_free() && focused.is_connected() {
            // The list stays where the user scrolled it.
            window.keeping_place(|| {
                let _ = focused.focus();
            });
        }
    });
}

fn element_of(hit: Hit) -> Option<HtmlElement> {
    html_element(&hit.element_id())
}

fn html_element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The entry of an element of the list.
pub(super) fn hit_of(element: &Element) -> Option<Hit> {
    let id = element.id();
    let (kind, number) = id.split_once('-')?;
    let number = number.parse::<u64>().ok()?;
    match kind {
        "conversation" => Some(Hit::Conversation(ConversationId(number))),
        "person" => Some(Hit::Person(UserId(number))),
        "search" => Some(Hit::Messages),
        _ => None,
    }
}
