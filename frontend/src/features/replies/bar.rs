//! What the composer replies to, above its field.

use confab_shared::id::Seq;
use leptos::prelude::*;

use super::{QUOTED_CHARS, author, original, quoted};
use crate::{
    features::message_text::LineText,
    i18n::{t, t_fmt, td_string, use_language},
    state::{Chat, Scope},
    ui::{
        icon::{Icon, IconView},
        reactive::{effect, memo, on_event},
        show::Show,
    },
};

#[component]
pub(crate) fn ReplyBar(
    scope: Scope,
    reply_to: RwSignal<Option<Seq>>,
    /// Whether the field is in use for something else.
    hidden: Memo<bool>,
    #[prop(into)] on_end: Callback<()>,
) -> impl IntoView {
    let (lang, chat) = (use_language(), expect_context::<Chat>());
    let seq = memo(move || reply_to.get());
    let view = original(chat, scope, seq);
    // Nothing replies to a deleted message.
    let deleted = memo(move || view.with(|view| view.as_ref().is_some_and(|v| v.message.deleted.is_some())));
    effect(move || {
        if deleted.get() {
            on_end.run(());
        }
    });
    let (name, ink) = author(chat, view);
    let content = memo(move || view.with(|view| quoted(lang.get(), view.as_ref().map(|view| &view.message))));
    view! {
        <Show when=move || seq.get().is_some() && !hidden.get()>
            <div class="editing-bar reply-bar" data-testid="reply-bar">
                <IconView icon=Icon::Reply/>
                <span class=move || format!("reply-author {}", ink.get())><b dir="auto">{t_fmt(name)}</b></span>
                <LineText class="editing-text" content max_chars=QUOTED_CHARS/>
                <button
                    class="icon-button"
                    type="button"
                    data-testid="reply-cancel"
                    title=t(|l| td_string!(l, replies.cancel))
                    aria-label=t(|l| td_string!(l, replies.cancel))
                    // Keeps the focus in the field.
                    on:mousedown=|event| event.prevent_default()
                    on:click=on_event(move || on_end.run(()))
                >
                    <IconView icon=Icon::Close/>
                </button>
            </div>
        </Show>
    }
}
