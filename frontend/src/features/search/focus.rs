//! Where the keyboard is in the search.

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

use super::keys::FIELD_ID;
use crate::platform::browser::{document, on_next_frame};

/// Moves the keyboard to the first hit, or to the first of the recent searches.
pub(super) fn focus_first() {
    let first = document().query_selector("[data-hit] a, .search-recent a").ok().flatten();
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        let _ = first.focus();
    }
}

/// Moves the keyboard to the end of the field, once it has its text.
pub(super) fn focus_at_end() {
    on_next_frame(focus_field_end);
}

/// Moves the keyboard to the end of the field.
pub(super) fn focus_field_end() {
    let field = document().get_element_by_id(FIELD_ID);
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        let _ = AsRef::<HtmlElement>::as_ref(&field).focus();
        let end = field.value().encode_utf16().count() as u32;
        let _ = field.set_selection_range(end, end);
    }
}
