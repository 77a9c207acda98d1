//! Asks before a message notifies many people.

use leptos::prelude::*;

use crate::{
    i18n::{t, t_fmt, td_string},
    ui::{dialog::Dialog, reactive::on_event},
};

/// How many people a message may notify without a question.
pub(super) const MAX_UNASKED: u64 = 5;

#[component]
pub(super) fn AskAllDialog(
    /// How many people the message notifies.
    count: u64,
    open: RwSignal<bool>,
    #[prop(into)] on_send: Callback<()>,
) -> impl IntoView {
    let send = move || {
        open.set(false);
        on_send.run(());
    };
    view! {
        <Dialog title=|l| td_string!(l, composer.ask_all_title) open testid="ask-all-dialog" role="alertdialog">
            <p id="dialog-text" class="dialog-text">
                {t_fmt(move |l| td_string!(l, composer.ask_all, count = count).to_string())}
            </p>
            <footer class="dialog-footer">
                <button
                    class="button quiet"
                    type="button"
                    data-testid="ask-all-stay"
                    on:click=on_event(move || open.set(false))
                >
                    {t(|l| td_string!(l, new.cancel))}
                </button>
                <button class="button" type="button" autofocus data-testid="ask-all-send" on:click=on_event(send)>
                    {t(|l| td_string!(l, composer.send))}
                </button>
            </footer>
        </Dialog>
    }
}
