//! The keys that search: `/` in everything, Ctrl+F in the open conversation.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, KeyboardEvent};

use crate::{
    platform::{
        browser::{document, listen},
        input_method::is_composing,
    },
    route::{Location, Route, SEARCH_PATH},
};

/// The id of the field of the search.
pub(crate) const FIELD_ID: &str = "search-field";

/// The id of the field of the search in a conversation.
pub(super) const FIND_FIELD_ID: &str = "find-field";

/// Opens the search on `/` where nothing is typed into, for as long as the reactive owner lives.
pub(crate) fn on_search_key(route: Route) {
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        if event.key() != "/" || modified || event.default_prevented() || is_composing(&event) {
            return;
        }
        if is_typed_into(&event) || has_dialog() {
            return;
        }
        event.prevent_default();
        match untrack(|| route.location()) {
            Location::Search => focus_field(FIELD_ID),
            _ => route.navigate(SEARCH_PATH),
        }
    });
}

/// Sets a signal on Ctrl+F, for as long as the reactive owner lives. In the field that this opens, the key is the browser's.
pub(crate) fn on_find_key(finding: RwSignal<bool>) {
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        let is_key = (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("f");
        if !is_key || event.shift_key() || event.alt_key() || event.default_prevented() || has_dialog() {
            return;
        }
        let in_bar = document().active_element().is_some_and(|element| element.id() == FIND_FIELD_ID);
        if in_bar {
            return;
        }
        event.prevent_default();
        match finding.get_untracked() {
            true => focus_field(FIND_FIELD_ID),
            false => finding.set(true),
        }
    });
}

/// Moves the keyboard to a field, with its text selected.
pub(super) fn focus_field(id: &str) {
    if let Some(field) =
        document().get_element_by_id(id).and_then(|field| field.dyn_into::<HtmlInputElement>().ok())
    {
        let _ = field.focus();
        field.select();
    }
}

fn has_dialog() -> bool {
    document().query_selector("dialog[open], [popover]:popover-open").is_ok_and(|dialog| dialog.is_some())
}

fn is_typed_into(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let field = |target: Element| target.closest("input, textarea, select, [contenteditable]");
    target.is_some_and(|target| field(target).is_ok_and(|field| field.is_some()))
}
