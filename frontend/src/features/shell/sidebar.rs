//! The sidebar: the list of conversations, its filter above and the user's account below.

use confab_shared::id::ConversationId;
use js_sys::JsString;
use leptos::{ev, prelude::*};
use web_sys::{HtmlInputElement, KeyboardEvent};

use crate::{
    features::{
        account::menu::AccountMenu,
        conversations::{
            list_item::ConversationListItem, new_conversation::use_new_conversation,
            people_results::PeopleResults, summary::filtered,
        },
        outbox::stranded::StrandedMessages,
    },
    i18n::{t, td_string},
    platform::{
        browser::{document, listen},
        clock::local_day,
        input_method::is_composing,
    },
    state::Chat,
    ui::{
        icon::{Icon, IconView},
        reactive::{ElementRef, capture, memo, on_event},
        show::Show,
    },
};

#[component]
pub(crate) fn Sidebar() -> impl IntoView {
    let chat: Chat = expect_context();
    let new_conversation = use_new_conversation();
    let query = RwSignal::new(String::new());
    let today = memo(move || local_day(chat.now.get()));
    let welcomed = memo(move || chat.state.with(|state| state.me().is_some()));
    let order = memo(move || query.with(|query| chat.state.with(|state| filtered(state, query, fold))));
    let empty = move || welcomed.get() && order.with(Vec::is_empty) && query.with(|q| q.trim().is_empty());
    view! {
        <nav class="sidebar" data-testid="sidebar" aria-label=t(|l| td_string!(l, sidebar.label))>
            <header class="sidebar-header">
                <span class="brand">{t(|l| td_string!(l, app.name))}</span>
                <button
                    class="icon-button"
                    type="button"
                    data-testid="new-conversation"
                    title=t(|l| td_string!(l, sidebar.new))
                    aria-label=t(|l| td_string!(l, sidebar.new))
                    on:click=on_event(move || new_conversation.show())
                >
                    <IconView icon=Icon::Pen/>
                </button>
            </header>
            <Filter query/>
            <StrandedMessages/>
            <div class="sidebar-list">
                <Show when=move || welcomed.get() fallback=ListSkeleton>
                    <ul>
                        <For each=move || order.get() key=|id: &ConversationId| *id let:id>
                            <ConversationListItem id today/>
                        </For>
                    </ul>
                    <PeopleResults query no_conversations=Signal::derive(move || order.with(Vec::is_empty))/>
                    <Show when=empty>
                        <div class="empty-state small">
                            <h2>{t(|l| td_string!(l, sidebar.empty_title))}</h2>
                            <p>{t(|l| td_string!(l, sidebar.empty))}</p>
                        </div>
                    </Show>
                </Show>
            </div>
            <AccountMenu/>
        </nav>
    }
}

/// Folds case by the browser's tables.
fn fold(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

#[component]
fn Filter(query: RwSignal<String>) -> impl IntoView {
    let input = ElementRef::new();
    let mac = window().navigator().user_agent().is_ok_and(|agent| agent.contains("Mac OS"));
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        if (event.meta_key() || event.ctrl_key()) && event.key().eq_ignore_ascii_case("k") {
            event.prevent_default();
            if let Some(input) = input.get_untracked::<HtmlInputElement>() {
                let _ = input.focus();
                input.select();
            }
        }
    });
    let clear = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !is_composing(&event) {
            query.set(String::new());
            if let Some(input) = input.get_untracked::<HtmlInputElement>() {
                let _ = input.blur();
            }
        }
    };
    view! {
        <div class="filter" role="search">
            <IconView icon=Icon::Search/>
            <input
                type="text"
                data-testid="filter"
                use:capture=input
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="search"
                placeholder=t(|l| td_string!(l, sidebar.filter))
                    aria-label=t(|l| td_string!(l, sidebar.filter))
                    bind:value=query
                on:keydown=clear
            />
            <Show
                when=move || !query.with(String::is_empty)
                fallback=move || view! { <kbd aria-hidden="true">{if mac { "⌘K" } else { "Ctrl K" }}</kbd> }
            >
                <button
                    class="filter-clear"
                    type="button"
                    aria-label=t(|l| td_string!(l, sidebar.clear))
                    on:click=on_event(move || query.set(String::new()))
                >
                    <IconView icon=Icon::Close/>
                </button>
            </Show>
        </div>
    }
}

/// The placeholder of the list before the first welcome.
#[component]
fn ListSkeleton() -> impl IntoView {
    let row = || {
        view! {
            <li class="skeleton-row">
                <span class="skeleton-shape round"></span>
                <span class="skeleton-lines"><span class="skeleton-shape"></span><span class="skeleton-shape short"></span></span>
            </li>
        }
    };
    view! { <ul class="skeleton" aria-hidden="true">{(0..6).map(|_| row()).collect_view()}</ul> }
}
