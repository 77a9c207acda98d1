//! The list beside what the address shows; on a narrow screen one of the two.

use leptos::prelude::*;

use crate::{
    bidi::isolated,
    browser::document,
    components::when::shown,
    components::{
        banner::Banner,
        new_conversation::{NewConversationDialog, NewConversationSwitch},
        sidebar::Sidebar,
    },
    pages::{conversation::ConversationPage, home::Home, not_found::UnknownPage},
    reactive::{memo, watch},
    route::{Place, use_route},
    state::{Chat, ListRow},
};

#[component]
pub(crate) fn Shell() -> impl IntoView {
    let chat: Chat = expect_context();
    let route = use_route();
    let at_list = Signal::derive(move || route.place() == Place::List);
    provide_context(NewConversationSwitch::default());
    keep_title(chat);
    view! {
        <div class="app" class:at-list=at_list>
            <Banner/>
            <Sidebar/>
            <main class="main">
                {shown(move || match route.place() {
                    Place::List => view! { <Home/> }.into_any(),
                    Place::Conversation(id) => view! { <ConversationPage id/> }.into_any(),
                    Place::Nowhere => view! { <UnknownPage/> }.into_any(),
                })}
            </main>
        </div>
        <NewConversationDialog/>
    }
}

/// The tab's title: how much is unread, and what is looked at.
fn keep_title(chat: Chat) {
    let unread = memo(move || chat.state.with(|state| state.unread()));
    let name = memo(move || {
        let open = chat.opened().map(|opened| opened.id);
        open.and_then(|open| chat.state.with(|state| ListRow::name(state, open))).unwrap_or_default()
    });
    watch(move || {
        let name = match name.get() {
            name if name.is_empty() => name,
            name => format!("{} · ", isolated(&name)),
        };
        document().set_title(&match unread.get() {
            0 => format!("{name}Confab"),
            unread => format!("({unread}) {name}Confab"),
        });
    });
    on_cleanup(|| document().set_title("Confab"));
}
