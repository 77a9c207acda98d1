//! Messages that could not be sent and belong to no conversation that one is in: nothing else would show them.

use leptos::prelude::*;

use crate::{
    clock::local_day,
    components::{
        dialog::Dialog,
        icon::{Draw, Icon},
        when::{When, shown},
    },
    format,
    i18n::{plurals::t_plural, say, td_string, tell, use_language},
    reactive::{memo, press},
    state::{Chat, Stranded},
};

/// A word above the list, where there are any.
#[component]
pub(crate) fn StrandedNotice() -> impl IntoView {
    let chat: Chat = expect_context();
    let open = RwSignal::new(false);
    let stranded = memo(move || chat.stranded());
    let count = memo(move || stranded.with(Vec::len));
    view! {
        <div class="stranded" role="status">
            <When holds=move || { count.get() > 0 }>
                <button
                    class="stranded-notice"
                    type="button"
                    data-testid="stranded-notice"
                    on:click=press(move || open.set(true))
                >
                    <Draw icon=Icon::Alert/>
                    {tell(move |l| t_plural!(l, count.get() as u64, stranded.unsent, count = count.get()))}
                </button>
            </When>
        </div>
        <When holds=move || open.get() && count.get() != 0>
            <Dialog title=|l| td_string!(l, timeline.failed) open testid="stranded-dialog">
                <p id="dialog-text" class="dialog-text">{say(|l| td_string!(l, stranded.why))}</p>
                <ul class="stranded-list">
                    {shown(move || {
                        stranded.get().into_iter().map(|message| view! { <Message message/> }).collect_view().into_any()
                    })}
                </ul>
            </Dialog>
        </When>
    }
}

#[component]
fn Message(message: Stranded) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let Stranded { client_id, text, at } = message;
    let when = move || format::in_list(lang.get(), at, local_day(chat.now.get()));
    view! {
        <li data-testid="stranded-message">
            <p class="stranded-text" dir="auto">{text}</p>
            <span class="stranded-foot">
                <time>{memo(when)}</time>
                <button
                    class="button plain"
                    type="button"
                    data-testid="discard"
                    on:click=press(move || chat.discard(client_id))
                >
                    {say(|l| td_string!(l, timeline.discard))}
                </button>
            </span>
        </li>
    }
}
