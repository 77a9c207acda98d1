//! The end of the list while it has more conversations than are cached: they are fetched when it comes into view. A search
//! finds those that are cached, and says so.

use leptos::prelude::*;

use super::{hits::Hits, list_window::ListWindow};
use crate::{
    i18n::{t_fmt, td_string},
    state::Chat,
    ui::{
        reactive::{effect, memo, on_event},
        show::Show,
    },
};

#[component]
pub(crate) fn MoreConversations(hits: Hits, window: ListWindow) -> impl IntoView {
    let chat: Chat = expect_context();
    let more = memo(move || chat.more_conversations());
    let failed = memo(move || chat.more_failed());
    let fetching = memo(move || chat.state.with(|state| state.is_fetching_more()));
    // The cursor is read, too: a part may have nothing that the list shows, and then the next one is fetched.
    effect(move || {
        let at_end = hits.conversations.with(|all| window.rows(all.len()).end == all.len());
        if more.get().is_some() && at_end && !failed.get() && !hits.searching.get() {
            chat.fetch_more();
        }
    });
    let text = t_fmt(move |l| match (failed.get(), hits.searching.get()) {
        (true, _) => td_string!(l, sidebar.more_failed).to_owned(),
        (false, true) => td_string!(l, sidebar.more_unsearched).to_owned(),
        (false, false) => td_string!(l, sidebar.more_loading).to_owned(),
    });
    let label = t_fmt(move |l| match failed.get() {
        true => td_string!(l, conversation.try_again).to_owned(),
        false => td_string!(l, sidebar.more_load).to_owned(),
    });
    view! {
        <Show when=move || more.get().is_some()>
            <div class="list-more" data-testid="list-more">
                <p role="status">{text}</p>
                <Show when=move || failed.get() || hits.searching.get()>
                    <button
                        class="button plain"
                        type="button"
                        data-testid="load-more"
                        disabled=Signal::derive(move || fetching.get())
                        on:click=on_event(move || chat.fetch_more())
                    >
                        {label}
                    </button>
                </Show>
            </div>
        </Show>
    }
}
