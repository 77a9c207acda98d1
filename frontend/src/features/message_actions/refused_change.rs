//! A change of a message that the server refused: what was not done and why, with buttons to retry and discard it.

use confab_shared::{
    command::Command,
    state::{MessageView, OutboxEntry},
};
use leptos::prelude::*;

use crate::{
    features::outbox::refusal::{RefusalButtons, refusal},
    i18n::{Locale, errors::error_text, t_fmt, td_string},
    ui::{reactive::memo, show::dynamic},
};

/// Shows the last refused change of a message.
#[component]
pub(crate) fn RefusedChange(view: Memo<Option<MessageView>>) -> impl IntoView {
    let refused = memo(move || view.with(|view| view.as_ref()?.refused.clone()));
    dynamic(move || match refused.get() {
        Some(entry) => refused_change(entry).into_any(),
        None => ().into_any(),
    })
}

fn refused_change(entry: OutboxEntry) -> impl IntoView {
    let client_id = entry.client_id();
    view! {
        <div class="failed" role="alert" data-testid="refused-change">
            <span>{t_fmt(move |l| sentence(l, &entry))}</span>
            <RefusalButtons client_id/>
        </div>
    }
}

fn sentence(locale: Locale, entry: &OutboxEntry) -> String {
    let reason = refusal(entry).map(|error| error_text(locale, &error)).unwrap_or_default();
    match &entry.command {
        Command::Edit(_) => td_string!(locale, actions.not_edited, reason = reason).to_string(),
        Command::Delete(_) => td_string!(locale, actions.not_deleted, reason = reason).to_string(),
        Command::Pin(pin) if pin.on => td_string!(locale, actions.not_pinned, reason = reason).to_string(),
        Command::Pin(_) => td_string!(locale, actions.not_unpinned, reason = reason).to_string(),
        Command::RemovePreview(_) => td_string!(locale, actions.not_unpreviewed, reason = reason).to_string(),
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
        | Command::Join(_)
        | Command::SetTopic(_) => reason,
    }
}
