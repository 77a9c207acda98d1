//! Tells a guest whose session ends with the tab that only this browser can use the name again, until it has a password.

use leptos::prelude::*;

use crate::{
    features::account::profile::use_profile,
    i18n::{t, td_string},
    session::use_session,
    ui::{reactive::on_event, show::Show},
};

/// A line, and a button that leads to a password. Nothing where the browser keeps the session, or the name has a password.
#[component]
pub(crate) fn NameNote(on_password: Callback<()>) -> impl IntoView {
    let (session, profile) = (use_session(), use_profile());
    let shown = move || {
        let of_tab = session.get().is_some_and(|session| !session.persistent);
        of_tab && profile.get().is_some_and(|me| !me.has_password)
    };
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
