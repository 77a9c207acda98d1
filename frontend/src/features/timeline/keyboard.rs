//! Keys of a timeline that concern no message: End leads to the newest one, which need not be rendered.

use confab_shared::id::ConversationId;
use leptos::ev::KeyboardEvent;

use crate::{features::timeline::scroll::Scroll, state::Chat};

pub(super) fn on_keydown(event: &KeyboardEvent, chat: Chat, id: ConversationId, scroll: Scroll) {
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
    if event.key() == "End" && !modified && !event.default_prevented() {
        event.prevent_default();
        chat.open_newest(id);
        scroll.scroll_to_end();
    }
}
