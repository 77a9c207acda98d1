//! The list beside what the address shows; on a narrow screen one of the two.

use leptos::prelude::*;
use leptos_router::{components::Outlet, hooks::use_location};

use crate::{
    browser::document,
    components::{
        banner::Banner,
        new_conversation::{NewConversationDialog, NewConversationSwitch},
        sidebar::Sidebar,
    },
    state::{Chat, ListRow},
};

#[component]
pub(crate) fn Shell() -> impl IntoView {
    let chat: Chat = expect_context();
    let path = use_location().pathname;
    let at_list = Memo::new(move |_| path.with(|path| path.trim_matches('/').is_empty()));
    provide_context(NewConversationSwitch::default());
    keep_title(chat);
    view! {
        <div class="app" class:at-list=at_list>
            <Banner/>
            <Sidebar/>
            <main class="main"><Outlet/></main>
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
