//! Asks before a message notifies many people.

use leptos::prelude::*;

use crate::{
    i18n::{Locale, t, t_fmt, td_string},
    ui::{dialog::Dialog, reactive::on_event},
};

/// How many people a message may notify without a question.
pub(super) const MAX_UNASKED: u64 = 5;

#[component]
pub(super) fn AskAllDialog(
    /// How many people the message notifies.
    count: u64,
    /// Whether only of those who are online: how many they are is the server's to know.
    online: bool,
    open: RwSignal<bool>,
    #[prop(into)] on_send: Callback<()>,
) -> impl IntoView {
    let send = move || {
        open.set(false);
        on_send.run(());
    };
    let title: fn(Locale) -> &'static str = match online {
        true => |l| td_string!(l, composer.ask_here_title),
        false => |l| td_string!(l, composer.ask_all_title),
    };
    view! {
        <Dialog
            title=title
            open
            testid="ask-all-dialog"
            role="alertdialog"
        >
            <p id="dialog-text" class="dialog-text">
                {t_fmt(move |l| match online {
                    true => td_string!(l, composer.ask_here, count = count).to_string(),
                    false => td_string!(l, composer.ask_all, count = count).to_string(),
                })}
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
