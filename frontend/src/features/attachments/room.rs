//! The attachments of a message in its bubble; until what shows them is fetched, their room.

use confab_shared::{id::ClientId, state::SendState};
use leptos::prelude::*;

use super::{boxes::reserved, files::message_files, in_message::InMessage};
use crate::{
    i18n::{t, td_string},
    state::Chat,
    ui::{
        on_demand::in_room_when_fetched,
        reactive::{memo, on_event},
        show::dynamic,
    },
};

/// The attachments of a message, in its bubble.
#[component]
pub(crate) fn MessageAttachments(attached: InMessage) -> impl IntoView {
    let chat: Chat = expect_context();
    // Another tab has its files, or had them.
    let waits_elsewhere = memo(move || {
        let message = attached.unsent.get().filter(|_| !attached.is_any())?;
        let waits = chat.state.with_untracked(|state| {
            state.outbox.get(message).is_some_and(|entry| entry.state == SendState::Waiting)
        });
        waits.then_some(message)
    });
    dynamic(move || {
        let shown = attached.shown.get();
        if let Some(message) = waits_elsewhere.get() {
            return elsewhere(chat, message);
        }
        if shown.is_empty() {
            return ().into_any();
        }
        let room = shown.clone();
        in_room_when_fetched(move || reserved(&room), move || message_files(attached, shown.clone()))
    })
}

fn elsewhere(chat: Chat, message: ClientId) -> AnyView {
    view! {
        <div class="upload-status" data-testid="upload-elsewhere">
            <span class="upload-state">{t(|l| td_string!(l, attachments.elsewhere))}</span>
            <button type="button" on:click=on_event(move || chat.discard(message))>
                {t(|l| td_string!(l, attachments.give_up))}
            </button>
        </div>
    }
    .into_any()
}
