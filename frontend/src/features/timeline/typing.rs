//! The members who are typing, in a sentence.

use confab_shared::id::ConversationId;
use leptos::prelude::*;

use crate::{
    i18n::{Locale, lists::list, plurals::t_plural, td_string},
    state::Chat,
    ui::bidi::isolate,
};

/// Names the members who are typing; none while nobody is.
pub(crate) fn typing_line(chat: Chat, id: ConversationId, locale: Locale) -> Option<String> {
    let names: Vec<String> = chat.state.with(|state| {
        let name = |id| state.user(id).map(|user| isolate(user.shown_name()));
        state.typing(id, chat.now.get()).into_iter().filter_map(name).collect()
    });
    match names.len() {
        0 => None,
        count @ 1..=2 => {
            Some(t_plural!(locale, count as u64, conversation.typing, names = list(locale, &names)))
        }
        _ => Some(td_string!(locale, conversation.several_typing).to_owned()),
    }
}
