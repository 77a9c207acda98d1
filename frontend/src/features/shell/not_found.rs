//! The view of an address that leads nowhere.

use leptos::prelude::*;

use crate::{
    i18n::{t, t_fmt, td_string},
    state::Chat,
};

/// The view of an unknown path.
#[component]
pub(crate) fn UnknownPage() -> impl IntoView {
    if let Some(chat) = use_context::<Chat>() {
        chat.open(None);
    }
    view! { <NotFound conversation=false/> }
}

/// Says what is missing, with a link back to the list.
#[component]
pub(crate) fn NotFound(
    /// Whether a conversation is missing, not a page.
    conversation: bool,
) -> impl IntoView {
    view! {
        <section class="empty-state" data-testid="not-found">
            <h1>{t(|l| td_string!(l, not_found.title))}</h1>
            <p>
                {t_fmt(move |l| match conversation { true => td_string!(l, not_found.conversation), false => td_string!(l, not_found.page) }.to_owned())}
            </p>
            <a href="/" class="button quiet">{t(|l| td_string!(l, not_found.back))}</a>
        </section>
    }
}
