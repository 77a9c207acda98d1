//! Refused messages of conversations that the user is no member of: no timeline shows them.

use leptos::prelude::*;

use crate::{
    features::outbox::unsent::{StrandedMessage, stranded_messages},
    i18n::{dates, plurals::t_plural, t, t_fmt, td_string, use_language},
    platform::clock::local_day,
    state::Chat,
    ui::{
        dialog::Dialog,
        icon::{Icon, IconView},
        on_demand::{on_demand, when_fetched},
        reactive::{memo, on_event},
        show::{Show, dynamic},
    },
};

/// A button above the list of conversations, where there are such messages.
#[component]
pub(crate) fn StrandedMessages() -> impl IntoView {
    let chat: Chat = expect_context();
    let open = RwSignal::new(false);
    let stranded = memo(move || chat.state.with(stranded_messages));
    let count = memo(move || stranded.with(Vec::len));
    view! {
        <div class="stranded" role="status">
            <Show when=move || { count.get() > 0 }>
                <button
                    class="stranded-notice"
                    type="button"
                    data-testid="stranded-notice"
                    on:click=on_event(move || open.set(true))
                >
                    <IconView icon=Icon::Alert/>
                    {t_fmt(move |l| t_plural!(l, count.get() as u64, stranded.unsent, count = count.get()))}
                </button>
            </Show>
        </div>
        <Show when=move || open.get() && count.get() != 0>
            {when_fetched(Some(open), move || stranded_dialog(stranded, open))}
        </Show>
    }
}

on_demand! {
    fn stranded_dialog(stranded: Memo<Vec<StrandedMessage>>, open: RwSignal<bool>) in dialogs {
        <StrandedDialog stranded open/>
    }
}

#[component]
fn StrandedDialog(stranded: Memo<Vec<StrandedMessage>>, open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog title=|l| td_string!(l, timeline.failed) open testid="stranded-dialog">
            <p id="dialog-text" class="dialog-text">{t(|l| td_string!(l, stranded.why))}</p>
            <ul class="stranded-list">
                {dynamic(move || {
                    stranded.get().into_iter().map(|message| view! { <Message message/> }).collect_view().into_any()
                })}
            </ul>
        </Dialog>
    }
}

#[component]
fn Message(message: StrandedMessage) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let StrandedMessage { client_id, text, at } = message;
    let when = move || dates::list_time(lang.get(), at, local_day(chat.now.get()));
    view! {
        <li data-testid="stranded-message">
            <p class="stranded-text" dir="auto">{text}</p>
            <span class="stranded-footer">
                <time>{memo(when)}</time>
                <button
                    class="button plain"
                    type="button"
                    data-testid="discard"
                    on:click=on_event(move || chat.discard(client_id))
                >
                    {t(|l| td_string!(l, timeline.discard))}
                </button>
            </span>
        </li>
    }
}
