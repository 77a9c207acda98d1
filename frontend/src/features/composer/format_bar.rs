//! The bar above the field that formats what is typed. It shows on demand, and whether it does is remembered. Tab stops at it
//! once; the arrow keys move in it.

use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlTextAreaElement};

use super::{
    field,
    format::{Change, Format},
};
use crate::{
    i18n::{Locale, t, td_string},
    platform::storage::WebStorage,
    ui::{
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, on_event},
        show::{Show, bool_attr, optional_attr},
    },
};

const KEY: &str = "confab.format_bar";

/// A button of the bar: its format, its name and its icon.
type Button = (Format, fn(Locale) -> &'static str, Icon);

const BUTTONS: [Button; 10] = [
    (Format::Bold, |l| td_string!(l, composer.bold), Icon::Bold),
    (Format::Italic, |l| td_string!(l, composer.italic), Icon::Italic),
    (Format::Strike, |l| td_string!(l, composer.strike), Icon::Strike),
    (Format::Link, |l| td_string!(l, composer.link), Icon::Link),
    (Format::Code, |l| td_string!(l, composer.code), Icon::Code),
    (Format::CodeBlock, |l| td_string!(l, composer.code_block), Icon::CodeBlock),
    (Format::Quote, |l| td_string!(l, composer.quote), Icon::Quote),
    (Format::List, |l| td_string!(l, composer.list), Icon::List),
    (Format::Numbers, |l| td_string!(l, composer.numbers), Icon::Numbers),
    (Format::Spoiler, |l| td_string!(l, composer.hide), Icon::Hide),
];

/// Formats what is selected in a field.
pub(super) fn apply(input: ElementRef, format: Format) {
    if let Some(input) = input.get_untracked::<HtmlTextAreaElement>() {
        let (text, selected) = field::selection(&input);
        field::apply(&input, &format.apply(&text, selected));
    }
}

/// Applies a change to a field.
pub(super) fn change(input: ElementRef, change: &Change) {
    if let Some(input) = input.get_untracked::<HtmlTextAreaElement>() {
        field::apply(&input, change);
    }
}

/// Whether the bar shows, as this browser remembers it.
pub(super) fn is_shown() -> bool {
    WebStorage::Browser.get(KEY).is_some()
}

/// The bar.
#[component]
pub(super) fn FormatBar(shown: RwSignal<bool>, input: ElementRef) -> impl IntoView {
    // The button at which Tab stops: the one that had the focus last.
    let stop = RwSignal::new(0);
    let bar = ElementRef::new();
    let on_key = move |event: KeyboardEvent| {
        if let Some(next) = next_stop(&event.key(), stop.get_untracked()) {
            event.prevent_default();
            let buttons = bar.get_untracked::<HtmlElement>().map(|bar| bar.children());
            let button = u32::try_from(next).ok().and_then(|next| buttons?.item(next));
            if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
                let _ = button.focus();
            }
        }
    };
    let button = move |(index, (format, label, icon)): (usize, Button)| {
        view! {
            <button
                type="button"
                tabindex=optional_attr(move || Some(if stop.get() == index { "0" } else { "-1" }))
                on:focus=on_event(move || stop.set(index))
                data-testid=format!("format-{format:?}").to_lowercase()
                title=t(label)
                aria-label=t(label)
                // Keeps the selection in the field.
                on:mousedown=|event| event.prevent_default()
                on:click=on_event(move || apply(input, format))
            >
                <IconView icon/>
            </button>
        }
    };
    view! {
        <Show when=shown>
            <div
                class="format-bar"
                role="toolbar"
                data-testid="format-bar"
                aria-label=t(|l| td_string!(l, composer.format))
                use:capture=bar
                on:keydown=on_key
            >
                {BUTTONS.into_iter().enumerate().map(button).collect_view()}
            </div>
        </Show>
    }
}

/// The button to which a key moves the focus from one; none for other keys.
fn next_stop(key: &str, at: usize) -> Option<usize> {
    let count = BUTTONS.len();
    match key {
        "ArrowRight" => Some((at + 1) % count),
        "ArrowLeft" => Some((at + count - 1) % count),
        "Home" => Some(0),
        "End" => Some(count - 1),
        _ => None,
    }
}

/// The button that shows the bar, or hides it.
#[component]
pub(super) fn FormatToggle(shown: RwSignal<bool>) -> impl IntoView {
    let toggle = move || {
        let show = !shown.get_untracked();
        shown.set(show);
        if show {
            WebStorage::Browser.set(KEY, "shown");
        } else {
            WebStorage::Browser.remove(KEY);
        }
    };
    view! {
        <button
            class="format-toggle"
            type="button"
            data-testid="format-toggle"
            title=t(|l| td_string!(l, composer.format))
            aria-label=t(|l| td_string!(l, composer.format))
            aria-pressed=bool_attr(move || shown.get())
            on:mousedown=|event| event.prevent_default()
            on:click=on_event(toggle)
        >
            <span aria-hidden="true">"Aa"</span>
        </button>
    }
}
