//! Beside the list, before a conversation is picked.

use leptos::prelude::*;

use crate::{
    components::{icon::Mark, new_conversation::use_new_conversation},
    i18n::{say, td_string},
    reactive::press,
    state::Chat,
};

#[component]
pub(crate) fn Home() -> impl IntoView {
    let starting = use_new_conversation();
    let chat: Chat = expect_context();
    chat.open(None);
    view! {
        <section class="calm home">
            <div class="calm-mark"><Mark/></div>
            <h1>{say(|l| td_string!(l, welcome.title))}</h1>
            <p>{say(|l| td_string!(l, welcome.text))}</p>
            <button class="button quiet" type="button" on:click=press(move || starting.show())>
                {say(|l| td_string!(l, welcome.start))}
            </button>
        </section>
    }
}
