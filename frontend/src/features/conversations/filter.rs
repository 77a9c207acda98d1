//! The field of the search above the list. While the user searches, the arrow keys move through what was found, with the
//! focus in the field, and Enter opens the current entry: at first the best match.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};

use super::{
    hits::{Hit, Hits, Step},
    list_focus::{FIELD_ID, LIST_ID, choose, focus, focus_filter},
    list_window::ListWindow,
    messages_result::search_messages,
    start_direct::StartDirect,
};
use crate::{
    i18n::{t, td_string},
    platform::{
        browser::{document, is_wide_screen, listen, on_next_frame},
        input_method::is_composing,
    },
    route::{conversation_path, use_route},
    ui::{
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, effect, on_event},
        show::{Show, bool_attr},
    },
};

#[component]
pub(crate) fn Filter(hits: Hits, window: ListWindow, start: StartDirect) -> impl IntoView {
    let input = ElementRef::new();
    let mac = leptos::prelude::window().navigator().user_agent().is_ok_and(|agent| agent.contains("Mac OS"));
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        if (event.meta_key() || event.ctrl_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            if let Some(input) = input.get_untracked::<HtmlInputElement>() {
                let _ = input.focus();
                input.select();
            }
        }
    });
    let route = use_route();
    let open = move |hit: Hit| match hit {
        Hit::Conversation(id) => {
            hits.query.set(String::new());
            route.navigate(&conversation_path(id));
            focus_composer();
        }
        Hit::Person(id) => {
            let name = hits.people.with_untracked(|people| {
                people.iter().find(|user| user.id == id).map(|user| user.name.to_string())
            });
            name.into_iter().for_each(|name| start.run(name));
        }
        Hit::Messages => search_messages(hits, route),
    };
    // Enter before the server has answered opens the best match once it has.
    let opening = RwSignal::new(false);
    effect(move || {
        hits.query.track();
        opening.set(false);
    });
    effect(move || {
        let (hit, answered) = (hits.to_open(), hits.answered.get());
        // An answer without a hit is the end of it, too.
        if opening.get() && (hit.is_some() || answered) {
            opening.set(false);
            hit.into_iter().for_each(open);
        }
    });
    let on_keydown = move |event: ev::KeyboardEvent| {
        if is_composing(&event) {
            return;
        }
        let searching = hits.searching.get_untracked();
        match event.key().as_str() {
            "Escape" => {
                hits.query.set(String::new());
                if let Some(input) = input.get_untracked::<HtmlInputElement>() {
                    let _ = input.blur();
                }
            }
            "Enter" if searching => {
                event.prevent_default();
                opening.set(true);
            }
            // Home and End move the cursor in the text.
            key @ ("ArrowDown" | "ArrowUp") => {
                event.prevent_default();
                let step = Step::of_key(key);
                if searching {
                    step.and_then(|step| hits.step(step))
                        .into_iter()
                        .for_each(|hit| choose(hits, window, hit));
                } else if step == Some(Step::Down) {
                    hits.step(Step::First).into_iter().for_each(|hit| focus(hits, window, hit));
                }
            }
            _ => {}
        }
    };
    let active = Signal::derive(move || {
        hits.current.get().filter(|_| hits.searching.get()).map(Hit::element_id).unwrap_or_default()
    });
    view! {
        <div class="filter" role="search">
            <IconView icon=Icon::Search/>
            <input
                id=FIELD_ID
                type="text"
                data-testid="filter"
                use:capture=input
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="search"
                role="combobox"
                aria-autocomplete="list"
                aria-controls=LIST_ID
                aria-expanded=bool_attr(move || hits.searching.get())
                aria-activedescendant=active
                placeholder=t(|l| td_string!(l, sidebar.filter))
                aria-label=t(|l| td_string!(l, sidebar.filter))
                bind:value=hits.query
                on:keydown=on_keydown
            />
            <Show
                when=move || !hits.query.with(String::is_empty)
                fallback=move || view! { <kbd aria-hidden="true">{if mac { "⌘K" } else { "Ctrl K" }}</kbd> }
            >
                <button
                    class="filter-clear"
                    type="button"
                    aria-label=t(|l| td_string!(l, sidebar.clear))
                    on:click=on_event(move || {
                        hits.query.set(String::new());
                        focus_filter();
                    })
                >
                    <IconView icon=Icon::Close/>
                </button>
            </Show>
        </div>
    }
}

/// Moves the keyboard to the message field of the conversation that was opened, as opening it by a click does: also where
/// it was open before.
fn focus_composer() {
    if is_wide_screen() {
        on_next_frame(|| {
            if let Ok(Some(field)) = document().query_selector(".composer textarea")
                && let Ok(field) = field.dyn_into::<HtmlElement>()
            {
                let _ = field.focus();
            }
        });
    }
}
