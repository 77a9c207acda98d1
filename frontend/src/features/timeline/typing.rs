//! The members who are typing, in a sentence.

use confab_shared::id::ConversationId;
use leptos::prelude::*;

use crate::{
    i18n::{Locale, td_string},
    state::Chat,
    ui::bidi::isolate,
};

/// Names the members who are typing; none while nobody is.
pub(crate) fn typing_line(chat: Chat, id: ConversationId, locale: Locale) -> Option<String> {
    let names: Vec<String> = chat.state.with(|state| {
        let name = |id| state.user(id).map(|user| isolate(user.name.as_str()));
        state.typing(id, chat.now.get()).into_iter().filter_map(name).collect()
    });
    Some(match names.as_slice() {
        [] => return None,
        [name] => td_string!(locale, conversation.typing_one, name = name.as_str()).to_string(),
        [first, second] => {
            td_string!(locale, conversation.typing_two, first = first.as_str(), second = second.as_str())
                .to_string()
        }
        _ => td_string!(locale, conversation.typing_many).to_string(),
    })
}
