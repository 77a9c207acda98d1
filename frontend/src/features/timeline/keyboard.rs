//! Keys of a timeline that concern no message: End leads to the newest one, which need not be rendered. Moving by keys is
//! reading on in what was marked as unread.

use leptos::ev::KeyboardEvent;

use crate::{
    features::timeline::scroll::Scroll,
    state::{Chat, Scope},
};

pub(super) fn on_keydown(event: &KeyboardEvent, chat: Chat, scope: Scope, scroll: Scroll) {
    if matches!(event.key().as_str(), "ArrowUp" | "ArrowDown" | "PageUp" | "PageDown" | "Home" | "End" | " ")
    {
        chat.read_on(scope);
    }
    let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
    if event.key() == "End" && !modified && !event.default_prevented() {
        event.prevent_default();
        chat.open_newest(scope);
        scroll.scroll_to_end();
    }
}
