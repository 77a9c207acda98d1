//! The people whom a search of the list finds, to start a conversation with.

use confab_shared::{api::NewConversation, user::User};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    features::people::search_people,
    i18n::{collation, t, td_string, use_language},
    platform::api,
    route::{conversation_path, use_route},
    session::use_session,
    state::Chat,
    ui::{
        avatar::Avatar,
        bidi::{isolate, render_isolated},
        reactive::{memo, on_event},
        show::{Show, dynamic},
    },
};

#[component]
pub(crate) fn PeopleResults(
    query: RwSignal<String>,
    /// Whether the search matches no conversation.
    no_conversations: Signal<bool>,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let lang = use_language();
    let results = search_people(query);
    // Users with a direct conversation are in the list above.
    let strangers = memo(move || {
        chat.state.with(|state| {
            let listed: Vec<_> = state.list().into_iter().filter_map(|c| c.peer).collect();
            let users = results.users.with(|users| collation::sort_by_name(lang.get(), users));
            users.into_iter().filter(|user| !listed.contains(&user.id)).collect::<Vec<_>>()
        })
    });
    let route = use_route();
    let start = Callback::new(move |name: String| {
        spawn_local(async move {
            if let Ok(view) =
                api::create_conversation(&session.token(), &NewConversation::Direct { user: name }).await
            {
                let id = view.conversation.id;
                if chat.apply_created(view) {
                    query.set(String::new());
                    route.navigate(&conversation_path(id));
                }
            }
        });
    });
    let nothing = move || {
        let searched = results.loaded.get() && !query.with(|q| q.trim().is_empty());
        searched && no_conversations.get() && strangers.with(Vec::is_empty)
    };
    view! {
        <Show when=move || !strangers.with(Vec::is_empty)>
            <h2 class="list-heading">{t(|l| td_string!(l, sidebar.people))}</h2>
            <ul>
                {dynamic(move || strangers.get().into_iter().map(|user| person(&user, start)).collect_view().into_any())}
            </ul>
        </Show>
        <Show when=nothing>
            <p class="list-nothing">
                {dynamic(move || {
                    let query = query.with(|query| isolate(query.trim()));
                    render_isolated(td_string!(lang.get(), sidebar.nothing_found, query = query).as_ref())
                })}
            </p>
        </Show>
    }
}

fn person(user: &User, start: Callback<String>) -> impl IntoView + use<> {
    let name = user.name.to_string();
    let label = name.clone();
    view! {
        <li>
            <button
                class="conversation"
                type="button"
                data-testid="person-found"
                data-name=name.clone()
                on:click=on_event(move || start.run(name.clone()))
            >
                <Avatar name=Signal::stored(label.clone())/>
                <span class="conversation-text">
                    <span class="conversation-name" dir="auto">{label}</span>
                    <span class="conversation-last">{t(|l| td_string!(l, sidebar.message_person))}</span>
                </span>
            </button>
        </li>
    }
}
