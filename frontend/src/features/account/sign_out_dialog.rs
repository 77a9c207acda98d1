//! Asks before a sign-out that would discard unsent commands.

use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::{
    features::{
        account::name_note::NameNote,
        conversations::{display_name::display_name, summary::ConversationSummary},
        outbox::unsent::{UnsentCount, unsent_by_conversation},
    },
    i18n::{Locale, plurals::t_plural, t, t_fmt, td_string, use_language},
    platform::browser::focus_on_next_frame,
    session::use_session,
    state::Chat,
    ui::{
        bidi::render_isolated,
        dialog::Dialog,
        on_demand::on_demand,
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::dynamic,
    },
};

on_demand! {
    /// The dialog before a sign-out.
    pub(super) fn sign_out_dialog(open: RwSignal<bool>, on_password: Callback<()>) in dialogs { <SignOutDialog open on_password/> }
}

#[component]
fn SignOutDialog(open: RwSignal<bool>, on_password: Callback<()>) -> impl IntoView {
    let lang = use_language();
    let chat: Chat = expect_context();
    let session = use_session();
    let count = memo(move || chat.unsent_count());
    let unsent =
        memo(move || chat.state.with(|state| unsent_by_conversation(state, chat.now.get_untracked())));
    let stay = ElementRef::new();
    effect(move || {
        if let Some(stay) = stay.get::<HtmlElement>() {
            focus_on_next_frame(stay);
        }
    });
    let sign_out = move || {
        chat.discard_unsent();
        session.sign_out();
    };
    view! {
        <Dialog title=|l| td_string!(l, sign_out.title) open testid="sign-out-dialog" role="alertdialog">
            <p id="dialog-text" class="dialog-text" aria-live="polite">
                {t_fmt(move |l| question(l, count.get()))}
            </p>
            {dynamic(move || {
                let rows = unsent.get().into_iter().map(|UnsentCount { conversation, count }| view! {
                    <li>
                        <b dir="auto">{render_isolated(&name(lang.get(), conversation.as_ref()))}</b>
                        <span class="badge quiet">{count}</span>
                    </li>
                }).collect_view();
                view! { <ul class="unsent" data-testid="unsent-conversations">{rows}</ul> }.into_any()
            })}
            <NameNote on_password/>
            <footer class="dialog-footer">
                <button
                    class="button quiet"
                    type="button"
                    data-testid="sign-out-stay"
                    use:capture=stay
                    on:click=on_event(move || open.set(false))
                >
                    {t(|l| td_string!(l, details.stay))}
                </button>
                <button
                    class="button danger"
                    type="button"
                    data-testid="sign-out-confirm"
                    on:click=on_event(sign_out)
                >
                    {t_fmt(move |l| match count.get() {
                        0 => td_string!(l, me.sign_out).to_owned(),
                        _ => td_string!(l, sign_out.discard).to_owned(),
                    })}
                </button>
            </footer>
        </Dialog>
    }
}

fn question(locale: Locale, count: usize) -> String {
    match count {
        // All was sent while the dialog was open.
        0 => td_string!(locale, sign_out.none).to_owned(),
        _ => t_plural!(locale, count as u64, sign_out.unsent, count = count),
    }
}

fn name(locale: Locale, conversation: Option<&ConversationSummary>) -> String {
    match conversation {
        Some(conversation) => display_name(locale, conversation),
        None => td_string!(locale, sign_out.elsewhere).to_owned(),
    }
}
