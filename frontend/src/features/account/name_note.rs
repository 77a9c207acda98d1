//! Tells a guest whose session ends with the tab that only this browser can use the name again, until it has a password.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    i18n::{t, td_string},
    platform::api,
    session::use_session,
    ui::{reactive::on_event, show::Show},
};

/// A line, and a button that leads to a password. Nothing where the browser keeps the session, or the name has a password.
#[component]
pub(crate) fn NameNote(on_password: Callback<()>) -> impl IntoView {
    let shown = RwSignal::new(false);
    if let Some(session) = use_session().get_untracked().filter(|session| !session.persistent) {
        spawn_local(async move {
            if let Ok(me) = api::get_me(&session.token).await {
                shown.try_set(!me.has_password);
            }
        });
    }
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
