//! The layout of the chat: the list of conversations beside the view of the address; on a narrow screen one of the two.

mod conversation;
mod exposed;
mod header;
mod home;
mod not_found;
mod sidebar;
mod thread;
mod topic;

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    features::{
        account::{profile::use_profile, role::administers},
        administration::administration,
        announcer::Announcer,
        attachments::{AttachmentTasks, provide_attachments},
        connection::banner::Banner,
        conversations::{
            new_conversation::{NewConversationDialog, NewConversationSwitch},
            summary::ConversationSummary,
        },
        drafts::Drafts,
        saved::saved_messages,
        search::{keys::on_search_key, search},
        shell::{
            conversation::ConversationView, exposed::ExposedNotice, home::Home, not_found::UnknownPage,
            sidebar::Sidebar,
        },
        threads::inbox::inbox,
        unread::{mark_all_read, on_mark_all_read_key},
    },
    platform::browser::{document, watch_wide_screen},
    route::{Location, use_route},
    session::use_session,
    state::{Chat, Connection},
    ui::{
        bidi::isolate,
        on_demand::{on_demand, prefetch, when_fetched},
        reactive::{Debounce, effect, memo},
        show::dynamic,
        toast::{ToastArea, Toasts},
    },
};

/// How long after a connection the dialogs are fetched: what the connection brings comes first.
const PREFETCH_DELAY: Duration = Duration::from_millis(500);

#[component]
pub(crate) fn Shell() -> impl IntoView {
    let chat: Chat = expect_context();
    let route = use_route();
    let at_list = Signal::derive(move || route.location() == Location::ConversationList);
    let wide = watch_wide_screen();
    let alone = memo(move || at_list.get() && !wide.get());
    provide_context(NewConversationSwitch::default());
    update_title(chat);
    prefetch_dialogs(chat);
    let toasts = Toasts::provide();
    let session = use_session();
    Drafts::provide(chat);
    provide_attachments(chat);
    on_search_key(route);
    on_mark_all_read_key(move || mark_all_read(chat, session, toasts));
    let profile = use_profile();
    let role = memo(move || profile.role());
    view! {
        <div class="app" class:at-list=at_list>
            <div class="banners">
                <Banner/>
                <ExposedNotice/>
            </div>
            <Sidebar alone/>
            <main class="main">
                {dynamic(move || match route.location() {
                    Location::ConversationList => view! { <Home/> }.into_any(),
                    Location::Conversation(id) => view! { <ConversationView id/> }.into_any(),
                    Location::Threads => when_fetched(None, inbox),
                    Location::Saved => when_fetched(None, saved_messages),
                    Location::Search => when_fetched(None, search),
                    Location::Administration => match role.get() {
                        Some(role) if administers(role) => when_fetched(None, move || administration(role)),
                        Some(_) => view! { <UnknownPage/> }.into_any(),
                        // Empty until the server has answered.
                        None => ().into_any(),
                    },
                    Location::Join | Location::Unknown => view! { <UnknownPage/> }.into_any(),
                })}
            </main>
        </div>
        <NewConversationDialog/>
        <AttachmentTasks/>
        <ToastArea toasts/>
        <Announcer/>
    }
}

on_demand! {
    /// Nothing, of the module of the dialogs.
    fn dialogs() in dialogs { "" }
}

/// Fetches the dialogs once the chat is there, so that they open at once later, also without a network.
fn prefetch_dialogs(chat: Chat) {
    let is_online = memo(move || chat.connection() == Connection::Online);
    let fetch = Debounce::new();
    effect(move || {
        if is_online.get() {
            fetch.schedule(PREFETCH_DELAY, || prefetch(dialogs()));
        }
    });
}

/// Keeps the title of the tab up to date: the unread count and the open conversation.
fn update_title(chat: Chat) {
    let unread = memo(move || chat.state.with(|state| state.unread()));
    let name = memo(move || {
        let open = chat.open_conversation().map(|open| open.id);
        open.and_then(|open| chat.state.with(|state| ConversationSummary::name(state, open)))
            .unwrap_or_default()
    });
    effect(move || {
        let name = match name.get() {
            name if name.is_empty() => name,
            name => format!("{} · ", isolate(&name)),
        };
        document().set_title(&match unread.get() {
            0 => format!("{name}Confab"),
            unread => format!("({unread}) {name}Confab"),
        });
    });
    on_cleanup(|| document().set_title("Confab"));
}
