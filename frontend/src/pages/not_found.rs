//! What an address shows that leads nowhere.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    i18n::{td_string, use_language},
    state::Chat,
};

/// No such page.
#[component]
pub(crate) fn UnknownPage() -> impl IntoView {
    if let Some(chat) = use_context::<Chat>() {
        chat.open(None);
    }
    view! { <NotFound conversation=false/> }
}

/// A calm word, and the way back.
#[component]
pub(crate) fn NotFound(
    /// Whether it is a conversation that is missing.
    conversation: bool,
) -> impl IntoView {
    let lang = use_language();
    view! {
        <section class="calm" data-testid="not-found">
            <h1>{move || td_string!(lang.get(), not_found.title)}</h1>
            <p>
                {move || match conversation {
                    true => td_string!(lang.get(), not_found.conversation),
                    false => td_string!(lang.get(), not_found.page),
                }}
            </p>
            <A href="/" attr:class="button quiet">{move || td_string!(lang.get(), not_found.back)}</A>
        </section>
    }
}
