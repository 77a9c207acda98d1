//! Asks for the password before a second factor is set up: whoever finds an open session must not lock its user out.

use confab_shared::api::{NewSecondFactor, SecondFactorSecret};
use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    i18n::{t, td_string},
    platform::api,
    session::use_session,
    ui::{form_error::FormErrorText, password_field::PasswordField, submission::Submission},
};

#[component]
pub(super) fn AskPassword(on_created: Callback<SecondFactorSecret>) -> impl IntoView {
    let session = use_session();
    let password = RwSignal::new(String::new());
    let form = Submission::new();
    let create = move |event: SubmitEvent| {
        event.prevent_default();
        let (token, request) = (session.token(), NewSecondFactor { password: password.get_untracked() });
        form.run(async move {
            on_created.try_run(api::accounts::create_second_factor(&token, &request).await?);
            Ok(())
        });
    };
    let name = session.get_untracked().map(|session| session.user.name.to_string()).unwrap_or_default();
    view! {
        <form class="dialog-form" on:submit=create novalidate>
            <p id="dialog-text" class="dialog-text">{t(|l| td_string!(l, second_factor.password_first))}</p>
            // For the browser's own store of passwords.
            <input type="text" autocomplete="username" value=name hidden/>
            <PasswordField
                label=|l| td_string!(l, password.current)
                id="second-factor-password"
                autocomplete="current-password"
                value=password
                error=form.error
                focused=true
            />
            <FormErrorText error=form.error testid="second-factor-error"/>
            <footer class="dialog-footer">
                <button
                    class="button"
                    type="submit"
                    data-testid="second-factor-begin"
                    disabled=form.disabled_or(move || password.with(String::is_empty))
                >
                    {t(|l| td_string!(l, second_factor.begin))}
                </button>
            </footer>
        </form>
    }
}
