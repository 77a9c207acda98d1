//! The mark of a pinned message.

use confab_shared::{id::UserId, state::MessageView};
use leptos::prelude::*;

use crate::{
    i18n::{t_fmt, td_string},
    state::Chat,
    ui::{
        icon::{Icon, IconView},
        person_name::shown_name,
        reactive::memo,
        show::Show,
    },
};

/// Says that a message is pinned, and by whom.
#[component]
pub(crate) fn PinnedMark(view: Memo<Option<MessageView>>) -> impl IntoView {
    let chat: Chat = expect_context();
    let pinned_by = memo(move || view.with(|view| Some(view.as_ref()?.message.pinned?.by)));
    let name = move |by: UserId| chat.person(by).map(|user| shown_name(&user));
    let label = t_fmt(move |l| match pinned_by.get().and_then(name) {
        Some(name) => td_string!(l, pins.marked_by, name = name).to_string(),
        None => td_string!(l, pins.mark).to_owned(),
    });
    view! {
        <Show when=move || pinned_by.get().is_some()>
            <span class="pinned-mark" role="img" data-testid="message-pinned" title=label aria-label=label>
                <IconView icon=Icon::Pin/>
            </span>
        </Show>
    }
}
