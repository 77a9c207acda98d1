//! The list of conversations, with its filter above and oneself below.

use confab_shared::id::ConversationId;
use js_sys::JsString;
use leptos::{ev, prelude::*};
use web_sys::{HtmlInputElement, KeyboardEvent};

use crate::{
    browser::{document, listen},
    clock::local_day,
    components::when::When,
    components::{
        conversation_row::ConversationRow,
        icon::{Draw, Icon},
        me::Me,
        new_conversation::use_new_conversation,
        people_found::PeopleFound,
        stranded::StrandedNotice,
    },
    composing::is_composing,
    i18n::{say, td_string},
    reactive::{Slot, held, memo, press},
    state::{Chat, matching},
};

#[component]
pub(crate) fn Sidebar() -> impl IntoView {
    let chat: Chat = expect_context();
    let starting = use_new_conversation();
    let query = RwSignal::new(String::new());
    let today = memo(move || local_day(chat.now.get()));
    let welcomed = memo(move || chat.state.with(|state| state.me().is_some()));
    let order = memo(move || query.with(|query| chat.state.with(|state| matching(state, query, fold))));
    let empty = move || welcomed.get() && order.with(Vec::is_empty) && query.with(|q| q.trim().is_empty());
    view! {
        <nav class="sidebar" data-testid="sidebar" aria-label=say(|l| td_string!(l, sidebar.label))>
            <header class="sidebar-head">
                <span class="brand">{say(|l| td_string!(l, app.name))}</span>
                <button
                    class="icon-button"
                    type="button"
                    data-testid="new-conversation"
                    title=say(|l| td_string!(l, sidebar.new))
                    aria-label=say(|l| td_string!(l, sidebar.new))
                    on:click=press(move || starting.show())
                >
                    <Draw icon=Icon::Pen/>
                </button>
            </header>
            <Filter query/>
            <StrandedNotice/>
            <div class="sidebar-list">
                <When holds=move || welcomed.get() otherwise=ListSkeleton>
                    <ul>
                        <For each=move || order.get() key=|id: &ConversationId| *id let:id>
                            <ConversationRow id today/>
                        </For>
                    </ul>
                    <PeopleFound query nothing_else=Signal::derive(move || order.with(Vec::is_empty))/>
                    <When holds=empty>
                        <div class="calm small">
                            <h2>{say(|l| td_string!(l, sidebar.empty_title))}</h2>
                            <p>{say(|l| td_string!(l, sidebar.empty))}</p>
                        </div>
                    </When>
                </When>
            </div>
            <Me/>
        </nav>
    }
}

/// Case is no difference to somebody who looks for a name; the browser folds it.
fn fold(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

#[component]
fn Filter(query: RwSignal<String>) -> impl IntoView {
    let input = Slot::new();
    let mac = window().navigator().user_agent().is_ok_and(|agent| agent.contains("Mac OS"));
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        if (event.meta_key() || event.ctrl_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            if let Some(input) = input.now::<HtmlInputElement>() {
                let _ = input.focus();
                input.select();
            }
        }
    });
    let clear = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !is_composing(&event) {
            query.set(String::new());
            if let Some(input) = input.now::<HtmlInputElement>() {
                let _ = input.blur();
            }
        }
    };
    view! {
        <div class="filter" role="search">
            <Draw icon=Icon::Search/>
            <input
                type="text"
                data-testid="filter"
                use:held=input
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="search"
                placeholder=say(|l| td_string!(l, sidebar.filter))
                    aria-label=say(|l| td_string!(l, sidebar.filter))
                    bind:value=query
                on:keydown=clear
            />
            <When
                holds=move || !query.with(String::is_empty)
                otherwise=move || view! { <kbd aria-hidden="true">{if mac { "⌘K" } else { "Ctrl K" }}</kbd> }
            >
                <button
                    class="filter-clear"
                    type="button"
                    aria-label=say(|l| td_string!(l, sidebar.clear))
                    on:click=press(move || query.set(String::new()))
                >
                    <Draw icon=Icon::Close/>
                </button>
            </When>
        </div>
    }
}

/// The shape of the list while the first welcome is on its way.
#[component]
fn ListSkeleton() -> impl IntoView {
    let row = || {
        view! {
            <li class="skeleton-row">
                <span class="bone round"></span>
                <span class="bone-lines"><span class="bone"></span><span class="bone short"></span></span>
            </li>
        }
    };
    view! { <ul class="skeleton" aria-hidden="true">{(0..6).map(|_| row()).collect_view()}</ul> }
}
