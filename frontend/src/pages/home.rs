//! Beside the list, before a conversation is picked.

use leptos::prelude::*;

use crate::{
    components::{icon::Mark, new_conversation::use_new_conversation},
    i18n::{td_string, use_language},
    state::Chat,
};

#[component]
pub(crate) fn Home() -> impl IntoView {
    let lang = use_language();
    let starting = use_new_conversation();
    let chat: Chat = expect_context();
    chat.open(None);
    view! {
        <section class="calm home">
            <div class="calm-mark"><Mark/></div>
            <h1>{move || td_string!(lang.get(), welcome.title)}</h1>
            <p>{move || td_string!(lang.get(), welcome.text)}</p>
            <button class="button quiet" type="button" on:click=move |_| starting.show()>
                {move || td_string!(lang.get(), welcome.start)}
            </button>
        </section>
    }
}
