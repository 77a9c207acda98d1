//! The field of the search: filters as chips, what is typed behind them, and completions below. The keyboard stays in the field.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{CompositionEvent, Element, FocusEvent, HtmlInputElement, InputEvent, KeyboardEvent};

use super::{
    chips::Chips,
    completion::Key,
    completion_list::{CompletionList, LIST_ID},
    completions::Completions,
    focus::{focus_at_end, focus_first},
    keys::{FIELD_ID, focus_field},
    labels::{key_hint, key_label},
    searching::Search,
};
use crate::{
    i18n::{t, t_fmt, td_string},
    platform::input_method::is_composing,
    ui::{
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, memo, on_event},
        show::{Show, bool_attr, optional_attr},
    },
};

#[component]
pub(super) fn Field(search: Search) -> impl IntoView {
    let completions = Completions::new(search);
    let input = ElementRef::new();
    let text = memo(move || search.query.with(|query| query.text.clone()));
    let read = move || {
        if let Some(input) = input.get_untracked::<HtmlInputElement>() {
            search.type_text(&input.value());
            // A filter that was pasted whole leaves the text as it was before.
            let text = text.get_untracked();
            if input.value() != text {
                input.set_value(&text);
            }
        }
    };
    // What an input method composes is no text yet.
    let on_input = move |event: ev::Event| {
        if !event.dyn_ref::<InputEvent>().is_some_and(InputEvent::is_composing) {
            read();
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        if is_composing(&event) || modified {
            return;
        }
        if completions.on_key(&event.key()) || on_key(search, input, &event.key()) {
            event.prevent_default();
            // Escape closes nothing else.
            event.stop_propagation();
        }
    };
    let on_focusout = move |event: FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<Element>().ok());
        if to.is_none_or(|to| to.closest(".search-field").is_ok_and(|field| field.is_none())) {
            completions.closed.set(true);
        }
    };
    let clear = move || {
        search.query.set(Default::default());
        focus_field(FIELD_ID);
    };
    view! {
        <div class="search-field" role="search" on:focusout=on_focusout>
            <div class="search-box">
                <IconView icon=Icon::Search/>
                <Chips search/>
                <input
                    id=FIELD_ID
                    type="text"
                    data-testid="search-field"
                    use:capture=input
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    enterkeyhint="search"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-controls=optional_attr(move || completions.shown.get().then_some(LIST_ID))
                    aria-expanded=bool_attr(move || completions.shown.get())
                    aria-activedescendant=completions.active_id()
                    placeholder=t(|l| td_string!(l, search.title))
                    aria-label=t(|l| td_string!(l, search.title))
                    prop:value=text
                    on:input=on_input
                    on:compositionend=move |_: CompositionEvent| read()
                    on:keydown=on_keydown
                    on:focus=on_event(move || completions.closed.set(false))
                />
                <Show when=move || !search.query.with(|query| query.is_empty())>
                    <button
                        class="filter-clear"
                        type="button"
                        data-testid="search-clear"
                        aria-label=t(|l| td_string!(l, sidebar.clear))
                        on:click=on_event(clear)
                    >
                        <IconView icon=Icon::Close/>
                    </button>
                </Show>
            </div>
            <CompletionList completions/>
        </div>
    }
}

/// Handles a key of the field that was not the completions'.
fn on_key(search: Search, input: ElementRef, key: &str) -> bool {
    let is_empty = || search.query.with_untracked(|query| query.is_empty());
    match key {
        "Enter" => search.submit(),
        "ArrowDown" => focus_first(),
        "Escape" if is_empty() => search.route.leave(),
        "Escape" => search.query.set(Default::default()),
        "Backspace" => {
            let at_start = input
                .get_untracked::<HtmlInputElement>()
                .is_some_and(|input| input.selection_end().is_ok_and(|end| end == Some(0)));
            let count = search.query.with_untracked(|query| query.filters.len());
            if !at_start || count == 0 {
                return false;
            }
            search.query.update(|query| {
                *query = match query.text.is_empty() {
                    true => query.reopened(),
                    false => query.without(count - 1),
                };
            });
        }
        _ => return false,
    }
    true
}

/// The buttons that begin a filter.
#[component]
pub(super) fn FilterButtons(search: Search) -> impl IntoView {
    let begin = move |key: Key| {
        search.query.update(|query| {
            let text = query.text.trim_end();
            let space = if text.is_empty() { "" } else { " " };
            query.text = format!("{text}{space}{}:", key.word());
        });
        focus_at_end();
    };
    view! {
        <div class="search-filters" role="group" aria-label=t(|l| td_string!(l, search.filters))>
            {Key::ALL
                .map(|key| view! {
                    <button
                        type="button"
                        data-testid=format!("filter-{}", key.word())
                        title=t_fmt(move |l| key_hint(l, key).to_owned())
                        on:click=on_event(move || begin(key))
                    >
                        {t_fmt(move |l| key_label(l, key).to_owned())}
                    </button>
                })
                .collect_view()}
        </div>
    }
}
