//! A conversation: its bar, its timeline and the composer, and the details beside them when asked for.

use confab_shared::ids::ConversationId;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    components::{composer::Composer, details::Details, timeline::Timeline, top_bar::TopBar},
    pages::not_found::NotFound,
    state::Chat,
};

#[component]
pub(crate) fn ConversationPage() -> impl IntoView {
    let chat: Chat = expect_context();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get_str("id").and_then(|id| id.parse().ok())));
    move || match id.get() {
        Some(id) => view! { <OneConversation id/> }.into_any(),
        None => {
            chat.open(None);
            view! { <NotFound conversation=true/> }.into_any()
        }
    }
}

#[component]
fn OneConversation(id: ConversationId) -> impl IntoView {
    let chat: Chat = expect_context();
    chat.open(Some(id));
    let gone = Memo::new(move |_| chat.gone.with(|gone| gone.contains(&id)));
    let details = RwSignal::new(false);
    move || match gone.get() {
        true => view! { <NotFound conversation=true/> }.into_any(),
        false => view! {
            <section class="talk" class:with-details=details>
                <TopBar id details/>
                <Timeline id/>
                <Composer id/>
                <Show when=move || details.get()>
                    <Details id open=details/>
                </Show>
            </section>
        }
        .into_any(),
    }
}
