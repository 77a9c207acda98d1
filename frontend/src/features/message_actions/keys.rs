//! The keyboard on a timeline: the arrows go from message to message, the menu key and Enter open the menu, R replies to the
//! message and T opens its thread, and Tab leads from a message into its toolbar.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent, Node};

use super::controls::{Controls, closest, seq_of};
use crate::{
    platform::{
        browser::{document, listen},
        input_method::is_composing,
    },
    ui::popup::Anchor,
};

/// Listens for as long as the reactive owner lives.
pub(super) fn listen_to(controls: Controls, timeline: &HtmlElement) {
    listen(timeline, "keydown", move |event: KeyboardEvent| {
        if !is_composing(&event) && on_key(controls, &event).is_some() {
            event.prevent_default();
        }
    });
    listen(timeline, "focusin", move |event: FocusEvent| {
        let by_keyboard = closest(&event, ":focus-visible").is_some();
        if let Some(seq) = closest(&event, ".row").and_then(|row| seq_of(&row)).filter(|_| by_keyboard) {
            controls.show_now(seq);
        }
    });
    listen(timeline, "focusout", move |event: FocusEvent| {
        let row = closest(&event, ".row");
        let next = event.related_target().and_then(|next| next.dyn_into::<Node>().ok());
        if row.is_some_and(|row| !row.contains(next.as_ref())) {
            controls.show_soon(None);
        }
    });
}

/// Handles a key; none where it is the browser's.
fn on_key(controls: Controls, event: &KeyboardEvent) -> Option<()> {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    let timeline = controls.timeline.get_untracked::<HtmlElement>()?;
    let message = closest(event, "[data-seq]");
    let is_message =
        message.as_ref().is_some_and(|message| event.target().as_ref() == Some(message.as_ref()));
    match event.key().as_str() {
        "ArrowUp" | "ArrowDown" if event.target().as_ref() == Some(timeline.as_ref()) => {
            visible_message(&timeline, event.key() == "ArrowUp")?.focus().ok()
        }
        "ArrowUp" if is_message => neighbour(&timeline, &message?, -1)?.focus().ok(),
        "ArrowDown" if is_message => neighbour(&timeline, &message?, 1)?.focus().ok(),
        "Escape" if is_message => timeline.focus().ok(),
        "Escape" => closest(event, ".message-toolbar").and(message_in_row(event))?.focus().ok(),
        "ContextMenu" => open_menu(controls, &message_in_row(event)?),
        "F10" if event.shift_key() => open_menu(controls, &message_in_row(event)?),
        "Enter" if is_message => open_menu(controls, &message?),
        "r" | "R" if is_message => {
            let seq = seq_of(message.as_ref()?).filter(|seq| untrack(|| controls.offers(*seq)).reply)?;
            controls.reply(seq);
            Some(())
        }
        "t" | "T" if is_message => {
            let seq = seq_of(message.as_ref()?).filter(|seq| untrack(|| controls.offers(*seq)).react)?;
            controls.open_thread(seq);
            Some(())
        }
        _ => None,
    }
}

fn open_menu(controls: Controls, message: &HtmlElement) -> Option<()> {
    let seq = seq_of(message).filter(|seq| untrack(|| controls.offers(*seq)).react)?;
    // What the focus returns to.
    let focused = document().active_element();
    if focused.as_ref() != Some(message.as_ref()) {
        let _ = message.focus();
    }
    controls.menu.show(seq, Anchor::of(message));
    Some(())
}

fn message_in_row(event: &KeyboardEvent) -> Option<HtmlElement> {
    let row = closest(event, ".row")?;
    row.query_selector("[data-seq]").ok().flatten()?.dyn_into().ok()
}

fn messages(timeline: &Element) -> Vec<HtmlElement> {
    let Ok(all) = timeline.query_selector_all("[data-seq]") else { return Vec::new() };
    (0..all.length()).filter_map(|index| all.item(index)?.dyn_into().ok()).collect()
}

/// The message before or after another one.
fn neighbour(timeline: &Element, message: &HtmlElement, step: isize) -> Option<HtmlElement> {
    let mut all = messages(timeline);
    let index = all.iter().position(|other| other == message)?.checked_add_signed(step)?;
    (index < all.len()).then(|| all.swap_remove(index))
}

/// The last or the first message that is in the viewport to its end.
fn visible_message(timeline: &Element, last: bool) -> Option<HtmlElement> {
    let viewport = timeline.get_bounding_client_rect();
    let visible = |message: &HtmlElement| {
        let area = message.get_bounding_client_rect();
        area.top() >= viewport.top() - 1.0 && area.bottom() <= viewport.bottom() + 1.0
    };
    let mut visible = messages(timeline).into_iter().filter(visible);
    if last { visible.next_back() } else { visible.next() }
}
