//! Marking as unread, from a message on, and everything as read, which can be undone for a while.

use confab_shared::id::{ConversationId, Seq};
use leptos::{prelude::*, task::spawn_local};
use web_sys::KeyboardEvent;

use crate::{
    i18n::{plurals::t_plural, td_string},
    platform::{
        api,
        browser::{document, listen},
        input_method::is_composing,
    },
    session::SessionSignal,
    state::Chat,
    ui::toast::{Toast, ToastAction, Toasts},
};

/// Marks a message and all behind it as unread. Every window of the user learns of it from the server.
pub(crate) fn mark_unread(session: SessionSignal, toasts: Toasts, id: ConversationId, seq: Seq) {
    spawn_local(async move {
        if api::mark_unread(&session.token(), id, seq).await.is_err() {
            toasts.show(not_marked());
        }
    });
}

fn not_marked() -> Toast {
    Toast::new(|l| td_string!(l, unread.not_marked).to_owned())
}

/// Marks everything as read, and offers to undo that.
pub(crate) fn mark_all_read(chat: Chat, session: SessionSignal, toasts: Toasts) {
    let Some(before) = chat.mark_all_read() else {
        return toasts.show(Toast::new(|l| td_string!(l, unread.offline).to_owned()));
    };
    let count = before.len() as u64;
    if count == 0 {
        return toasts.show(Toast::new(|l| td_string!(l, unread.nothing).to_owned()));
    }
    let undo = Callback::new(move |()| {
        let before = before.clone();
        // One after the other: there may be a thousand.
        spawn_local(async move {
            let mut failed = false;
            for (id, read_seq) in before {
                failed |= api::mark_unread(&session.token(), id, read_seq.next()).await.is_err();
            }
            if failed {
                toasts.show(not_marked());
            }
        });
    });
    toasts.show(Toast {
        action: Some(ToastAction { label: |l| td_string!(l, unread.undo), run: undo }),
        ..Toast::new(move |l| t_plural!(l, count, unread.all_read, count = count))
    });
}

/// Calls a function on Shift and Escape, for as long as the reactive owner lives. A dialog that is open keeps its keys.
pub(crate) fn on_mark_all_read_key(run: impl Fn() + 'static) {
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        let others = event.ctrl_key() || event.meta_key() || event.alt_key();
        if event.key() != "Escape" || !event.shift_key() || others || is_composing(&event) {
            return;
        }
        let in_dialog = document().query_selector("dialog[open]").is_ok_and(|dialog| dialog.is_some());
        if !event.default_prevented() && !in_dialog {
            event.prevent_default();
            run();
        }
    });
}
