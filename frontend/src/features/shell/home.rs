//! The view beside the list while no conversation is open.

use leptos::prelude::*;

use crate::{
    features::conversations::new_conversation::use_new_conversation,
    i18n::{t, td_string},
    state::Chat,
    ui::{icon::Logo, reactive::on_event},
};

#[component]
pub(crate) fn Home() -> impl IntoView {
    let new_conversation = use_new_conversation();
    let chat: Chat = expect_context();
    chat.open(None);
    view! {
        <section class="empty-state home">
            <div class="empty-state-logo"><Logo/></div>
            <h1>{t(|l| td_string!(l, welcome.title))}</h1>
            <p>{t(|l| td_string!(l, welcome.text))}</p>
            <button class="button quiet" type="button" on:click=on_event(move || new_conversation.show())>
                {t(|l| td_string!(l, welcome.start))}
            </button>
        </section>
    }
}
