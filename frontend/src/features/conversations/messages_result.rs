//! The last entry of what the search of the list finds: the same words, in messages.

use leptos::prelude::*;

use super::hits::{Hit, Hits};
use crate::{
    i18n::{td_string, use_language},
    route::{Route, search_path, use_route},
    ui::{
        bidi::{isolate, render_isolated},
        icon::{Icon, IconView},
        reactive::{memo, on_event},
        show::{Show, bool_attr, dynamic, optional_attr},
    },
};

/// Searches the messages for what is typed, and ends the search of the list.
pub(super) fn search_messages(hits: Hits, route: Route) {
    let query = hits.query.get_untracked();
    hits.query.set(String::new());
    route.navigate(&search_path(query.trim()));
}

#[component]
pub(crate) fn MessagesResult(hits: Hits) -> impl IntoView {
    let (lang, route) = (use_language(), use_route());
    let current = memo(move || hits.current.get() == Some(Hit::Messages));
    view! {
        <Show when=hits.searching>
            <ul role="presentation" class="messages-result">
                <li role="presentation">
                    <button
                        id=Hit::Messages.element_id()
                        class="conversation"
                        class:active=current
                        type="button"
                        role="option"
                        aria-selected=bool_attr(move || current.get())
                        tabindex=optional_attr(move || Some(if current.get() { "0" } else { "-1" }))
                        data-testid="search-messages"
                        on:click=on_event(move || search_messages(hits, route))
                    >
                        <span class="avatar large round plain" aria-hidden="true"><IconView icon=Icon::SearchText/></span>
                        <span class="conversation-text">
                            <span class="conversation-name">
                                {dynamic(move || {
                                    let query = hits.query.with(|query| isolate(query.trim()));
                                    render_isolated(td_string!(lang.get(), search.messages_for, query = query).as_ref())
                                })}
                            </span>
                        </span>
                    </button>
                </li>
            </ul>
        </Show>
    }
}
