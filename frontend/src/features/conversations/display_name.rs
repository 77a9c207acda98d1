//! The name under which a conversation is shown.

use confab_shared::conversation::ConversationKind;

use super::summary::ConversationSummary;
use crate::{
    i18n::{Locale, td_string},
    ui::bidi::{isolate, strip_direction_controls},
};

/// The display name of a conversation, for a view of its own or to be isolated in a sentence.
pub(crate) fn display_name(locale: Locale, summary: &ConversationSummary) -> String {
    match &summary.name {
        // There is one broadcast conversation, and every language has its own word for it.
        _ if summary.kind == ConversationKind::Broadcast => {
            td_string!(locale, conversation.everyone).to_string()
        }
        Some(name) if summary.notes => {
            td_string!(locale, conversation.you_suffix, name = isolate(name)).to_string()
        }
        Some(name) => strip_direction_controls(name),
        None => td_string!(locale, conversation.unnamed).to_string(),
    }
}
