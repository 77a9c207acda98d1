//! Asks before a message is deleted.

use confab_shared::id::{ConversationId, Seq};
use leptos::prelude::*;

use super::commands;
use crate::{
    features::{attachments::words::of_message, message_text::plain_beginning},
    i18n::{t, t_fmt, td_string},
    state::Chat,
    ui::{dialog::Dialog, on_demand::on_demand, reactive::on_event},
};

on_demand! {
    /// The dialog for one message.
    pub(crate) fn delete_dialog(id: ConversationId, seq: Seq, open: RwSignal<bool>) in dialogs {
        <DeleteDialog id seq open/>
    }
}

#[component]
fn DeleteDialog(id: ConversationId, seq: Seq, open: RwSignal<bool>) -> impl IntoView {
    let chat: Chat = expect_context();
    let message = chat.state.with_untracked(|state| state.message(id, seq)).map(|view| view.message);
    // Its beginning is enough to tell which message it is.
    let beginning = t_fmt(move |l| {
        message.as_ref().map(|message| plain_beginning(&of_message(l, message))).unwrap_or_default()
    });
    let delete = move || {
        open.set(false);
        commands::delete(chat, id, seq);
    };
    view! {
        <Dialog title=|l| td_string!(l, actions.delete_title) open testid="delete-dialog" role="alertdialog">
            <blockquote class="quoted" dir="auto">{beginning}</blockquote>
            <p id="dialog-text" class="dialog-text">{t(|l| td_string!(l, actions.delete_text))}</p>
            <footer class="dialog-footer">
                <button
                    class="button quiet"
                    type="button"
                    autofocus
                    data-testid="delete-stay"
                    on:click=on_event(move || open.set(false))
                >
                    {t(|l| td_string!(l, actions.stay))}
                </button>
                <button class="button danger" type="button" data-testid="delete-confirm" on:click=on_event(delete)>
                    {t(|l| td_string!(l, actions.delete))}
                </button>
            </footer>
        </Dialog>
    }
}
