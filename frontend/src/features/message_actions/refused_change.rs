//! A change of a message that the server refused: what was not done and why, with buttons to retry and discard it.

use confab_shared::{
    command::Command,
    error::ErrorBody,
    state::{MessageView, OutboxEntry, SendState},
};
use leptos::prelude::*;

use crate::{
    i18n::{Locale, error_text, t, t_fmt, td_string},
    state::Chat,
    ui::{
        reactive::{memo, on_event},
        show::dynamic,
    },
};

/// Shows the last refused change of a message.
#[component]
pub(crate) fn RefusedChange(view: Memo<Option<MessageView>>) -> impl IntoView {
    let refused = memo(move || view.with(|view| view.as_ref()?.refused.clone()));
    dynamic(move || match refused.get() {
        Some(entry) => refusal(entry).into_any(),
        None => ().into_any(),
    })
}

fn refusal(entry: OutboxEntry) -> impl IntoView {
    let chat: Chat = expect_context();
    let client_id = entry.client_id();
    view! {
        <div class="failed" role="alert" data-testid="refused-change">
            <span>{t_fmt(move |l| sentence(l, &entry))}</span>
            <button type="button" data-testid="retry" on:click=on_event(move || chat.retry(client_id))>
                {t(|l| td_string!(l, timeline.retry))}
            </button>
            <button type="button" data-testid="discard" on:click=on_event(move || chat.discard(client_id))>
                {t(|l| td_string!(l, timeline.discard))}
            </button>
        </div>
    }
}

fn sentence(locale: Locale, entry: &OutboxEntry) -> String {
    let reason = match &entry.state {
        SendState::Failed(code, message) => {
            error_text(locale, &ErrorBody { code: *code, message: message.clone(), client_id: None })
        }
        SendState::Pending | SendState::Sent(_) => String::new(),
    };
    match &entry.command {
        Command::Edit(_) => td_string!(locale, actions.not_edited, reason = reason).to_string(),
        Command::Delete(_) => td_string!(locale, actions.not_deleted, reason = reason).to_string(),
        Command::Pin(pin) if pin.on => td_string!(locale, actions.not_pinned, reason = reason).to_string(),
        Command::Pin(_) => td_string!(locale, actions.not_unpinned, reason = reason).to_string(),
        Command::React(react) => {
            let emoji = react.emoji.clone();
            match react.on {
                true => td_string!(locale, actions.not_reacted, emoji = emoji, reason = reason).to_string(),
                false => {
                    td_string!(locale, actions.not_unreacted, emoji = emoji, reason = reason).to_string()
                }
            }
        }
        Command::Send(_)
        | Command::AddMembers(_)
        | Command::Rename(_)
        | Command::Leave(_)
        | Command::SetTopic(_) => reason,
    }
}
