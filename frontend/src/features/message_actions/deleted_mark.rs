//! The words that stand in place of a deleted message.

use confab_shared::{message::Message, state::State};

use crate::{
    i18n::{Locale, td_string},
    ui::bidi::isolate,
};

/// Says that a message was deleted, and by whom where that is not its author.
pub(crate) fn deleted_mark(locale: Locale, state: &State, message: &Message) -> String {
    let by = message.deleted.map(|deleted| deleted.by).filter(|by| *by != message.by);
    let me = state.me().map(|me| me.id);
    match by.map(|by| (by, state.user(by))) {
        Some((by, _)) if me == Some(by) => td_string!(locale, timeline.deleted_by_you).to_owned(),
        Some((_, Some(user))) => {
            td_string!(locale, timeline.deleted_by, name = isolate(user.shown_name())).to_string()
        }
        _ => td_string!(locale, timeline.deleted).to_owned(),
    }
}
