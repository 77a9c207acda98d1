//! The sidebar: the list of conversations, its filter above and the user's account below. On a narrow screen it is the
//! page's main content while no conversation is open.

use leptos::prelude::*;

use crate::{
    features::{
        account::menu::AccountMenu,
        conversations::{
            filter::Filter, hits::Hits, list::ConversationList, list_window::ListWindow,
            new_conversation::use_new_conversation, start_direct::start_direct,
        },
        group_requests::GroupRequests,
        outbox::stranded::StrandedMessages,
        search::entry::SearchEntry,
        threads::entry::ThreadsEntry,
    },
    i18n::{t, td_string},
    state::Chat,
    ui::{
        icon::Icon,
        icon_button::IconButton,
        show::{dynamic, optional_attr},
    },
};

#[component]
pub(crate) fn Sidebar(
    /// Whether the page shows nothing else.
    alone: Memo<bool>,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let new_conversation = use_new_conversation();
    let hits = Hits::new(chat);
    let window = ListWindow::new();
    let start = start_direct(chat, hits.query);
    let name = move || t(|l| td_string!(l, app.name));
    view! {
        <div class="sidebar" data-testid="sidebar" role=optional_attr(move || alone.get().then_some("main"))>
            <header class="sidebar-header">
                {dynamic(move || match alone.get() {
                    true => view! { <h1 class="brand">{name()}</h1> }.into_any(),
                    false => view! { <span class="brand">{name()}</span> }.into_any(),
                })}
                <SearchEntry/>
                <IconButton
                    icon=Icon::Pen
                    label=|l| td_string!(l, sidebar.new)
                    testid="new-conversation"
                    on_press=move |()| new_conversation.show()
                />
            </header>
            <Filter hits window start/>
            <StrandedMessages/>
            <GroupRequests/>
            <ThreadsEntry/>
            <nav class="sidebar-nav" aria-label=t(|l| td_string!(l, sidebar.label))>
                <ConversationList hits window/>
            </nav>
            <AccountMenu/>
        </div>
    }
}
