//! The entry above the list of conversations that leads to the followed threads.

use leptos::prelude::*;

use crate::{
    i18n::{t, t_fmt, td_string},
    route::{Location, THREADS_PATH, use_route},
    state::Chat,
    ui::{
        icon::{Icon, IconView},
        reactive::memo,
        show::{Show, bool_attr, optional_attr},
    },
};

#[component]
pub(crate) fn ThreadsEntry() -> impl IntoView {
    let chat: Chat = expect_context();
    let route = use_route();
    let unread = memo(move || chat.state.with(|state| state.unread_thread_count()));
    let label = t_fmt(move |l| match unread.get() {
        0 => td_string!(l, threads.title).to_owned(),
        count => {
            let unread = td_string!(l, sidebar.unread, count = count);
            format!("{}{}{unread}", td_string!(l, threads.title), td_string!(l, sidebar.pause))
        }
    });
    view! {
        <a
            class="threads-entry"
            href=THREADS_PATH
            data-testid="threads"
            data-unread=bool_attr(move || unread.get() > 0)
            aria-label=label
            aria-current=optional_attr(move || (route.location() == Location::Threads).then_some("page"))
        >
            <IconView icon=Icon::Thread/>
            <span>{t(|l| td_string!(l, threads.title))}</span>
            <Show when=move || { unread.get() > 0 }>
                <span class="badge" data-testid="threads-badge">{move || unread.get()}</span>
            </Show>
        </a>
    }
}
