//! What every refused command shows: the server's reason, and buttons to retry and discard it.

use confab_shared::{
    error::ErrorBody,
    id::ClientId,
    state::{OutboxEntry, SendState},
};
use leptos::prelude::*;

use crate::{
    features::attachments::uploads::use_uploads,
    i18n::{t, td_string},
    state::Chat,
    ui::reactive::on_event,
};

/// The server's refusal; none of a command that was not refused.
pub(crate) fn refusal(entry: &OutboxEntry) -> Option<ErrorBody> {
    match &entry.state {
        SendState::Failed(code, message) => Some(ErrorBody::new(*code, message.clone())),
        SendState::Waiting | SendState::Pending | SendState::Sent(_) => None,
    }
}

/// The buttons that retry and discard a refused command.
#[component]
pub(crate) fn RefusalButtons(client_id: ClientId) -> impl IntoView {
    let (chat, uploads) = (expect_context::<Chat>(), use_uploads());
    view! {
        <button type="button" data-testid="retry" on:click=on_event(move || uploads.retry(client_id))>
            {t(|l| td_string!(l, timeline.retry))}
        </button>
        <button type="button" data-testid="discard" on:click=on_event(move || chat.discard(client_id))>
            {t(|l| td_string!(l, timeline.discard))}
        </button>
    }
}
