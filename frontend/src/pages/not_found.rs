//! What an address shows that leads nowhere.

use leptos::prelude::*;

use crate::{
    i18n::{say, td_string, tell},
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
    view! {
        <section class="calm" data-testid="not-found">
            <h1>{say(|l| td_string!(l, not_found.title))}</h1>
            <p>
                {tell(move |l| match conversation { true => td_string!(l, not_found.conversation), false => td_string!(l, not_found.page) }.to_owned())}
            </p>
            <a href="/" class="button quiet">{say(|l| td_string!(l, not_found.back))}</a>
        </section>
    }
}
