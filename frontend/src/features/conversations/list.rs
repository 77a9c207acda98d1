//! The list of conversations, and below it the people whom a search finds and the way to the messages. The arrow keys move through
//! all; Tab enters and leaves the list as one.

use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::FocusEvent;

use super::{
    hits::{Hit, Hits, Step},
    list_focus::{LIST_ID, focus, focus_filter, hit_of, keep_focus},
    list_item::ConversationListItem,
    list_window::ListWindow,
    messages_result::MessagesResult,
    more::MoreConversations,
    people_results::PeopleResults,
};
use crate::{
    i18n::{t, td_string},
    platform::clock::local_day,
    state::Chat,
    ui::{
        keyed_children::keyed_children,
        reactive::{capture, effect, memo, on_event, set_css_variable},
        show::{Show, optional_attr},
    },
};

#[component]
pub(crate) fn ConversationList(hits: Hits, window: ListWindow) -> impl IntoView {
    let chat: Chat = expect_context();
    let welcomed = memo(move || chat.state.with(|state| state.me().is_some()));
    let empty = move || !hits.searching.get() && hits.conversations.with(Vec::is_empty);
    // What a search finds is shown from its beginning.
    effect(move || {
        hits.query.track();
        window.scroll_to(0.0);
    });
    let on_keydown = move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        if let Some(step) = Step::of_key(&event.key()).filter(|_| !modified) {
            event.prevent_default();
            match hits.step(step) {
                Some(hit) => focus(hits, window, hit),
                None if step == Step::Up => focus_filter(),
                None => {}
            }
        }
    };
    let on_focusin = move |event: FocusEvent| {
        if let Some(hit) = event.target().and_then(|target| hit_of(&target.unchecked_into())) {
            hits.choose(hit);
        }
    };
    let label = t(|l| td_string!(l, sidebar.label));
    view! {
        <div
            id=LIST_ID
            class="sidebar-list"
            role=optional_attr(move || hits.searching.get().then_some("listbox"))
            aria-label=optional_attr(move || hits.searching.get().then(label))
            use:capture=window.scroller
            on:scroll=on_event(move || window.measure())
            on:keydown=on_keydown
            on:focusin=on_focusin
        >
            <Show when=welcomed fallback=ListSkeleton>
                <Conversations hits window/>
                <MoreConversations hits window/>
                <PeopleResults hits/>
                <MessagesResult hits/>
                <Show when=empty>
                    <div class="empty-state small">
                        <h2>{t(|l| td_string!(l, sidebar.empty_title))}</h2>
                        <p>{t(|l| td_string!(l, sidebar.empty))}</p>
                    </div>
                </Show>
            </Show>
        </div>
    }
}

#[component]
fn Conversations(hits: Hits, window: ListWindow) -> impl IntoView {
    let chat: Chat = expect_context();
    let today = memo(move || local_day(chat.now.get()));
    let count = memo(move || hits.conversations.with(Vec::len));
    let rows = memo(move || {
        // The entry that has the focus stays in the document, wherever the list is scrolled to.
        let current = hits.current.get();
        hits.conversations.with(|all| {
            let current = match current {
                Some(Hit::Conversation(id)) => all.iter().position(|other| *other == id),
                _ => None,
            };
            let in_view = window.rows(all.len());
            let above = current.filter(|index| *index < in_view.start);
            let below = current.filter(|index| *index >= in_view.end);
            let rows = above.into_iter().chain(in_view).chain(below);
            rows.map(|index| (index, all[index])).collect::<Vec<_>>()
        })
    });
    set_css_variable(window.list, "--count", count);
    let entries = move || {
        keep_focus(window);
        rows.get()
    };
    let row = move |(_, id)| {
        let index = memo(move || {
            rows.with(|rows| rows.iter().find(|(_, other)| *other == id).map_or(0, |(index, _)| *index))
        });
        view! { <ConversationListItem id today hits index count/> }.into_any()
    };
    keyed_children(window.list, entries, |(_, id)| *id, row);
    view! {
        <ul
            class="conversations"
            role=optional_attr(move || Some(if hits.searching.get() { "presentation" } else { "list" }))
            data-count=Signal::derive(move || count.get().to_string())
            data-testid="conversations"
            use:capture=window.list
        ></ul>
    }
}

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
