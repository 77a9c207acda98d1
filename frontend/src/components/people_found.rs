//! People whose name begins with what is looked for, to start a conversation with.

use confab_shared::{api::NewConversation, user::User};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api,
    app::use_session,
    bidi::{isolated, sentence},
    components::when::{When, shown},
    components::{avatar::Avatar, suggestions::people_by_prefix},
    i18n::{say, td_string, use_language},
    natural,
    reactive::{memo, press},
    route::{path_of, use_route},
    state::Chat,
};

#[component]
pub(crate) fn PeopleFound(
    query: RwSignal<String>,
    /// Whether no conversation is shown above.
    nothing_else: Signal<bool>,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let session = use_session();
    let lang = use_language();
    let found = people_by_prefix(query);
    // Who is in the list above need not be found a second time.
    let strangers = memo(move || {
        chat.state.with(|state| {
            let listed: Vec<_> = state.list().into_iter().filter_map(|c| c.peer).collect();
            let users = found.users.with(|users| natural::sorted(lang.get(), users));
            users.into_iter().filter(|user| !listed.contains(&user.id)).collect::<Vec<_>>()
        })
    });
    let route = use_route();
    let start = Callback::new(move |name: String| {
        spawn_local(async move {
            if let Ok(view) = api::start(&session.token(), &NewConversation::Direct { user: name }).await {
                let id = view.conversation.id;
                if chat.made(view) {
                    query.set(String::new());
                    route.go(&path_of(id));
                }
            }
        });
    });
    let nothing = move || {
        let looked = found.known.get() && !query.with(|q| q.trim().is_empty());
        looked && nothing_else.get() && strangers.with(Vec::is_empty)
    };
    view! {
        <When holds=move || !strangers.with(Vec::is_empty)>
            <h2 class="list-heading">{say(|l| td_string!(l, sidebar.people))}</h2>
            <ul>
                {shown(move || strangers.get().into_iter().map(|user| person(&user, start)).collect_view().into_any())}
            </ul>
        </When>
        <When holds=nothing>
            <p class="list-nothing">
                {shown(move || {
                    let query = query.with(|query| isolated(query.trim()));
                    sentence(td_string!(lang.get(), sidebar.nothing_found, query = query).as_ref())
                })}
            </p>
        </When>
    }
}

fn person(user: &User, start: Callback<String>) -> impl IntoView + use<> {
    let name = user.name.to_string();
    let shown = name.clone();
    view! {
        <li>
            <button
                class="conversation"
                type="button"
                data-testid="person-found"
                data-name=name.clone()
                on:click=press(move || start.run(name.clone()))
            >
                <Avatar name=Signal::stored(shown.clone())/>
                <span class="conversation-text">
                    <span class="conversation-name" dir="auto">{shown}</span>
                    <span class="conversation-last">{say(|l| td_string!(l, sidebar.message_person))}</span>
                </span>
            </button>
        </li>
    }
}
