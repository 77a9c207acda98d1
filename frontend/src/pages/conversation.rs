//! A conversation: its bar, its timeline and the composer, and the details beside them when asked for.

use std::cell::Cell;

use confab_shared::id::ConversationId;
use leptos::prelude::*;

use crate::{
    components::when::{When, shown},
    components::{composer::Composer, details::Details, timeline::Timeline, top_bar::TopBar},
    pages::not_found::NotFound,
    reactive::{memo, watch},
    route::use_route,
    state::Chat,
};

#[component]
pub(crate) fn ConversationPage(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    chat.open(Some(id));
    let gone = memo(move || chat.is_gone(id));
    // Who leaves it, here or in another tab, has nothing to look at any more.
    let (known, was_known) = (memo(move || chat.knows(id)), Cell::new(false));
    let route = use_route();
    watch(move || {
        if was_known.replace(known.get()) && !known.get() {
            route.go("/");
        }
    });
    let details = RwSignal::new(false);
    shown(move || match gone.get() {
        true => view! { <NotFound conversation=true/> }.into_any(),
        false => view! {
            <section class="talk" class:with-details=details>
                <TopBar id details/>
                <Timeline id/>
                <Composer id/>
                <When holds=details>
                    <Details id open=details/>
                </When>
            </section>
        }
        .into_any(),
    })
}
