//! Whoever signs out with something unsent is asked first: it would be discarded.

use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::{
    app::use_session,
    bidi::sentence,
    browser::focus_soon,
    components::{conversation_row::shown_name, dialog::Dialog, when::shown},
    i18n::{Locale, plurals::t_plural, say, td_string, tell, use_language},
    reactive::{Slot, held, memo, press, watch},
    state::{Chat, ListRow, Unsent},
};

#[component]
pub(crate) fn SignOutDialog(open: RwSignal<bool>) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let session = use_session();
    let count = memo(move || chat.unsent_count());
    let unsent = memo(move || chat.unsent());
    let stay = Slot::new();
    watch(move || {
        if let Some(stay) = stay.get::<HtmlElement>() {
            focus_soon(stay);
        }
    });
    let sign_out = move || {
        chat.discard_unsent();
        session.sign_out();
    };
    view! {
        <Dialog title=|l| td_string!(l, sign_out.title) open testid="sign-out-dialog" role="alertdialog">
            <p id="dialog-text" class="dialog-text" aria-live="polite">
                {tell(move |l| words(l, count.get()))}
            </p>
            {shown(move || {
                let rows = unsent.get().into_iter().map(|Unsent { row, count }| view! {
                    <li>
                        <b dir="auto">{sentence(&name(lang.get(), row.as_ref()))}</b>
                        <span class="badge quiet">{count}</span>
                    </li>
                }).collect_view();
                view! { <ul class="unsent" data-testid="unsent-conversations">{rows}</ul> }.into_any()
            })}
            <footer class="dialog-foot">
                <button
                    class="button quiet"
                    type="button"
                    data-testid="sign-out-stay"
                    use:held=stay
                    on:click=press(move || open.set(false))
                >
                    {say(|l| td_string!(l, details.stay))}
                </button>
                <button
                    class="button danger"
                    type="button"
                    data-testid="sign-out-confirm"
                    on:click=press(sign_out)
                >
                    {tell(move |l| match count.get() {
                        0 => td_string!(l, me.sign_out).to_owned(),
                        _ => td_string!(l, sign_out.discard).to_owned(),
                    })}
                </button>
            </footer>
        </Dialog>
    }
}

fn words(locale: Locale, count: usize) -> String {
    match count {
        // The connection came back meanwhile.
        0 => td_string!(locale, sign_out.none).to_owned(),
        _ => t_plural!(locale, count as u64, sign_out.unsent, count = count),
    }
}

fn name(locale: Locale, row: Option<&ListRow>) -> String {
    match row {
        Some(row) => shown_name(locale, row),
        None => td_string!(locale, sign_out.elsewhere).to_owned(),
    }
}
