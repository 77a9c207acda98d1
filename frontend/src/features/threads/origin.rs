//! In a reply that shows in the conversation, too: of which thread it is.

use confab_shared::id::{ConversationId, Seq};
use leptos::prelude::*;

use crate::{
    features::{
        message_text::beginning,
        replies::{original, words},
    },
    i18n::{t_fmt, td_string},
    route::use_route,
    state::Chat,
    ui::{
        bidi::{isolate, render_isolated},
        icon::{Icon, IconView},
        reactive::{memo, on_event},
        show::dynamic,
    },
};

/// How many characters of the root are shown.
const ROOT_CHARS: usize = 48;

#[component]
pub(crate) fn ThreadOrigin(id: ConversationId, root: Seq) -> impl IntoView {
    let chat: Chat = expect_context();
    let route = use_route();
    let view = original(chat, id.into(), memo(move || Some(root)));
    let text = t_fmt(move |l| {
        let words = view.with(|view| view.as_ref().map(|view| words(l, &view.message)));
        let words = words.map_or_else(|| "…".to_owned(), |words| beginning(&words, ROOT_CHARS));
        td_string!(l, threads.origin, root = isolate(&words)).to_string()
    });
    view! {
        <button
            class="thread-origin"
            type="button"
            dir="auto"
            data-testid="thread-origin"
            on:click=on_event(move || route.open_thread(id, root))
        >
            <IconView icon=Icon::Thread/>
            <span>{dynamic(move || render_isolated(&text.get()))}</span>
        </button>
    }
}
