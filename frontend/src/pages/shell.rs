//! The list beside what the address shows; on a narrow screen one of the two.

use leptos::prelude::*;

use crate::{
    browser::document,
    components::when::shown,
    components::{
        banner::Banner,
        new_conversation::{NewConversationDialog, NewConversationSwitch},
        sidebar::Sidebar,
    },
    pages::{conversation::ConversationPage, home::Home, not_found::UnknownPage},
    route::{Place, use_route},
    state::{Chat, ListRow},
};

#[component]
pub(crate) fn Shell() -> impl IntoView {
    let chat: Chat = expect_context();
    let place = Memo::new({
        let route = use_route();
        move |_| route.place()
    });
    let at_list = Signal::derive(move || place.get() == Place::List);
    provide_context(NewConversationSwitch::default());
    keep_title(chat);
    view! {
        <div class="app" class:at-list=at_list>
            <Banner/>
            <Sidebar/>
            <main class="main">
                {shown(move || match place.get() {
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
    let unread = Memo::new(move |_| chat.state.with(|state| state.unread()));
    let name = Memo::new(move |_| {
        let open = chat.opened.get()?.id;
        chat.state.with(|state| ListRow::name(state, open))
    });
    Effect::new(move |_| {
        let name = name.get().map(|name| format!("{name} · ")).unwrap_or_default();
        document().set_title(&match unread.get() {
            0 => format!("{name}Confab"),
            unread => format!("({unread}) {name}Confab"),
        });
    });
    on_cleanup(|| document().set_title("Confab"));
}
