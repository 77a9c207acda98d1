//! The people whom a search of the list finds, to start a conversation with.

use confab_shared::user::User;
use leptos::prelude::*;

use super::{
    hits::{Hit, Hits},
    start_direct::{StartDirect, start_direct},
};
use crate::{
    i18n::{t, td_string, use_language},
    state::Chat,
    ui::{
        avatar::Avatar,
        bidi::{isolate, render_isolated},
        initials::hue,
        person_name::{person_name, shown_name},
        reactive::{memo, on_event},
        show::{Show, bool_attr, dynamic, optional_attr},
    },
};

#[component]
pub(crate) fn PeopleResults(hits: Hits) -> impl IntoView {
    let chat: Chat = expect_context();
    let lang = use_language();
    let start = start_direct(chat, hits.query);
    let nothing = move || {
        let searched = hits.searching.get() && hits.answered.get();
        searched && hits.conversations.with(Vec::is_empty) && hits.people.with(Vec::is_empty)
    };
    view! {
        <Show when=move || !hits.people.with(Vec::is_empty)>
            <h2 class="list-heading">{t(|l| td_string!(l, sidebar.people))}</h2>
            <ul role="presentation">
                {dynamic(move || hits.people.get().into_iter().map(|user| person(&user, hits, start)).collect_view().into_any())}
            </ul>
        </Show>
        <Show when=nothing>
            <p class="list-nothing" role="status">
                {dynamic(move || {
                    let query = hits.query.with(|query| isolate(query.trim()));
                    render_isolated(td_string!(lang.get(), sidebar.nothing_found, query = query).as_ref())
                })}
            </p>
        </Show>
    }
}

fn person(user: &User, hits: Hits, start: StartDirect) -> impl IntoView + use<> {
    let hit = Hit::Person(user.id);
    let name = user.name.to_string();
    let hue_of = Signal::stored(hue(&name));
    let current = memo(move || hits.current.get() == Some(hit));
    view! {
        <li role="presentation">
            <button
                id=hit.element_id()
                class="conversation"
                class:active=current
                type="button"
                role="option"
                aria-selected=bool_attr(move || current.get())
                tabindex=optional_attr(move || Some(if current.get() { "0" } else { "-1" }))
                data-testid="person-found"
                data-name=name.clone()
                on:click=on_event(move || start.run(name.clone()))
            >
                <Avatar name=Signal::stored(shown_name(user)) hue_of/>
                <span class="conversation-text">
                    <span class="conversation-name" dir="auto">{person_name(user)}</span>
                    <span class="conversation-last">{t(|l| td_string!(l, sidebar.message_person))}</span>
                </span>
            </button>
        </li>
    }
}
