//! A conversation: header, timeline, composer and, when opened, the details panel.

use std::cell::Cell;

use confab_shared::id::ConversationId;
use leptos::prelude::*;

use crate::{
    features::{
        composer::Composer,
        conversations::author_hues::AuthorHues,
        details::details_panel,
        shell::{header::Header, not_found::NotFound},
        timeline::Timeline,
    },
    route::use_route,
    state::Chat,
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
    let details = RwSignal::new(false);
    dynamic(move || match gone.get() {
        true => view! { <NotFound conversation=true/> }.into_any(),
        false => view! {
            <section class="conversation-pane" class:with-details=details>
                <Header id details/>
                <Timeline id/>
                <Composer id/>
                <Show when=details>
                    {when_fetched(Some(details), move || details_panel(id, details))}
                </Show>
            </section>
        }
        .into_any(),
    })
}
