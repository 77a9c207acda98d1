//! The name under which a conversation is shown.

use confab_shared::{conversation::ConversationKind, id::ConversationId, state::State};
use leptos::prelude::*;

use super::summary::{self, ConversationSummary};
use crate::{
    i18n::{Locale, td_string, use_language},
    state::Chat,
    ui::{
        bidi::{isolate, strip_direction_controls},
        reactive::memo,
    },
};

/// The display name of a conversation by itself; empty while it is not known.
pub(crate) fn use_display_name(id: ConversationId) -> Memo<String> {
    let (chat, lang): (Chat, _) = (expect_context(), use_language());
    memo(move || chat.state.with(|state| name_of(lang.get(), state, id)).unwrap_or_default())
}

/// The display name of a conversation that is known.
pub(crate) fn name_of(locale: Locale, state: &State, id: ConversationId) -> Option<String> {
    let conversation = state.conversation(id)?;
    let notes = summary::is_notes(state, conversation);
    Some(named(locale, conversation.kind, notes, ConversationSummary::name(state, id).as_deref()))
}

/// The display name of a conversation, for a view of its own or to be isolated in a sentence.
pub(crate) fn display_name(locale: Locale, summary: &ConversationSummary) -> String {
    named(locale, summary.kind, summary.notes, summary.name.as_deref())
}

fn named(locale: Locale, kind: ConversationKind, notes: bool, name: Option<&str>) -> String {
    match name {
        // There is one broadcast conversation, and every language has its own word for it.
        _ if kind == ConversationKind::Broadcast => td_string!(locale, conversation.everyone).to_string(),
        Some(name) if notes => td_string!(locale, conversation.you_suffix, name = isolate(name)).to_string(),
        Some(name) => strip_direction_controls(name),
        None => td_string!(locale, conversation.unnamed).to_string(),
    }
}
