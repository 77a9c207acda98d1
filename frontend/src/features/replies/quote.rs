//! The quote in a message: a click leads to the original.

use confab_shared::id::Seq;
use leptos::prelude::*;

use super::{QUOTED_CHARS, author, original, quoted};
use crate::{
    features::message_text::LineText,
    i18n::{t, t_fmt, td_string, use_language},
    state::{Chat, Scope},
    ui::reactive::{memo, on_event},
};

#[component]
pub(crate) fn Quote(scope: Scope, seq: Seq) -> impl IntoView {
    let (lang, chat) = (use_language(), expect_context::<Chat>());
    let view = original(chat, scope, memo(move || Some(seq)));
    let (name, ink) = author(chat, view);
    let deleted = memo(move || view.with(|view| view.as_ref().is_some_and(|v| v.message.deleted.is_some())));
    let content = memo(move || view.with(|view| quoted(lang.get(), view.as_ref().map(|view| &view.message))));
    view! {
        <button
            class=move || format!("quote {} {}", ink.get(), if deleted.get() { "deleted" } else { "" })
            type="button"
            dir="auto"
            data-testid="quote"
            title=t(|l| td_string!(l, replies.jump))
            on:click=on_event(move || chat.jump_to(scope, seq))
        >
            <b class="quote-author" dir="auto">{t_fmt(name)}</b>
            <LineText class="quote-text" content max_chars=QUOTED_CHARS/>
        </button>
    }
}
