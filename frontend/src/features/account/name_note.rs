//! Tells a guest whose session ends with the tab that only this browser can use the name again, until it has a password.

use leptos::prelude::*;

use super::profile::use_profile;
use crate::{
    i18n::{t, td_string},
    session::use_session,
    ui::{
        reactive::{memo, on_event},
        show::Show,
    },
};

/// A line, and a button that leads to a password. Nothing where the browser keeps the session, or the name has a password.
#[component]
pub(crate) fn NameNote(on_password: Callback<()>) -> impl IntoView {
    let (session, profile) = (use_session(), use_profile());
    let of_the_tab = move || session.get().is_some_and(|session| !session.persistent);
    let has_no_password = move || profile.get().is_some_and(|me| !me.has_password);
    let shown = memo(move || of_the_tab() && has_no_password());
    view! {
        <Show when=shown>
            <p class="name-note" data-testid="name-note">
                {t(|l| td_string!(l, me.name_note))}
                " "
                <button
                    type="button"
                    data-testid="name-note-password"
                    on:click=on_event(move || on_password.run(()))
                >
                    {t(|l| td_string!(l, me.set_password))}
                </button>
            </p>
        </Show>
    }
}
