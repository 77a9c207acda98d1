//! A conversation: header, timeline, composer and, when opened, the details panel or a thread.

use std::cell::Cell;

use confab_shared::id::ConversationId;
use leptos::prelude::*;

use crate::{
    features::{
        attachments::attach::DropSurface,
        composer::Composer,
        conversations::author_hues::AuthorHues,
        details::details_panel,
        search::{find_bar, keys::on_find_key},
        shell::{header::Header, not_found::NotFound, thread::thread_panel},
        timeline::Timeline,
    },
    platform::browser::watch_wide_screen,
    route::{Route, use_route},
    state::{Chat, Scope},
    ui::{
        on_demand::when_fetched,
        reactive::{effect, memo},
        show::{Show, dynamic},
    },
};

#[component]
pub(crate) fn ConversationView(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    chat.open(Some(id));
    AuthorHues::provide(chat, id);
    let gone = memo(move || chat.is_gone(id));
    // A member who leaves, here or in another tab, goes back to the list.
    let (member, was_member) = (memo(move || chat.is_member(id)), Cell::new(false));
    let route = use_route();
    effect(move || {
        if was_member.replace(member.get()) && !member.get() {
            route.navigate("/");
        }
    });
    // A link to a message, of the conversation or of the thread that it names: once there is something to jump in.
    let scope = memo(move || Scope { id, thread: route.thread(id) });
    let loaded = memo(move || chat.state.with(|state| scope.get().timeline(state).is_some()));
    effect(move || {
        if let (true, Some(seq)) = (loaded.get(), route.message(id)) {
            route.message_shown();
            chat.jump_to(scope.get_untracked(), seq);
        }
    });
    let (details, finding) = (RwSignal::new(false), RwSignal::new(false));
    on_find_key(finding);
    let thread = memo(move || route.thread(id));
    let in_thread = memo(move || thread.get().is_some());
    one_panel(route, id, in_thread, details);
    let wide = watch_wide_screen();
    let covered = Signal::derive(move || !wide.get() && in_thread.get());
    dynamic(move || match gone.get() {
        true => view! { <NotFound conversation=true/> }.into_any(),
        false => view! {
            <section
                class="conversation-pane"
                class:with-details=details
                class:with-thread=move || in_thread.get()
                class:finding=finding
            >
                <Header id details finding/>
                <Show when=finding>
                    {when_fetched(Some(finding), move || find_bar(id, finding))}
                </Show>
                <Timeline scope=id.into() covered/>
                <Composer scope=id.into()/>
                <DropSurface scope=id.into()/>
                <Show when=details>
                    {when_fetched(Some(details), move || details_panel(id, details))}
                </Show>
                {dynamic(move || match thread.get() {
                    Some(root) => when_fetched(None, move || thread_panel(id, root)),
                    None => ().into_any(),
                })}
            </section>
        }
        .into_any(),
    })
}

/// The details and a thread stand in the same place: what is opened closes the other.
fn one_panel(route: Route, id: ConversationId, in_thread: Memo<bool>, details: RwSignal<bool>) {
    effect(move || {
        if in_thread.get() {
            details.set(false);
        }
    });
    effect(move || {
        if details.get() {
            route.close_thread(id);
        }
    });
}
