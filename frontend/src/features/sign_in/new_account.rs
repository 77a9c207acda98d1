//! The fields that make an account: by a link, or where anybody may make one.

use confab_shared::{
    api::{MIN_PASSWORD_CHARS, NewAccount},
    text::UserName,
};
use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    i18n::{t, t_fmt, td_string},
    platform::api,
    session::{Session, use_session},
    ui::{
        form_error::{FormError, FormErrorText, clear},
        password_field::PasswordField,
        reactive::{ElementRef, capture, focus_when_mounted, on_event},
        submission::Submission,
    },
};

#[component]
pub(crate) fn NewAccountForm(
    /// The secret of the link; none where anybody may make an account.
    secret: Option<String>,
    /// Called once the account is made, before its session begins.
    on_made: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let persistent = RwSignal::new(false);
    let form = Submission::new();
    let input = ElementRef::new();
    focus_when_mounted(input);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let typed = name.get_untracked();
        if let Err(invalid) = UserName::new(&typed) {
            return form.error.set(Some(FormError::from_name_error(&typed, &invalid)));
        }
        let (password, persistent) = (password.get_untracked(), persistent.get_untracked());
        let body =
            NewAccount { token: secret.clone(), name: typed.trim().to_owned(), password, display_name: None };
        form.run(async move {
            let signed_in = api::accounts::create_account(&body).await?;
            let new = Session::replace(signed_in, persistent).await;
            on_made.try_run(());
            session.begin(new);
            Ok(())
        });
    };
    let incomplete = move || {
        name.with(|name| name.trim().is_empty())
            || password.with(|password| password.chars().count() < MIN_PASSWORD_CHARS)
    };
    view! {
        <form class="sign-in-form" on:submit=submit novalidate>
            <label class="label" for="account-name">{t(|l| td_string!(l, sign_in.name))}</label>
            <input
                id="account-name"
                class="field"
                data-testid="account-name"
                type="text"
                autocomplete="username"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby="account-name-note"
                use:capture=input
                bind:value=name
                on:input=on_event(move || clear(form.error))
            />
            <p id="account-name-note" class="field-note">{t(|l| td_string!(l, sign_in.hint))}</p>
            <PasswordField
                label=|l| td_string!(l, password.title)
                id="account-password"
                autocomplete="new-password"
                value=password
                error=form.error
            />
            <p class="field-note">{t_fmt(move |l| td_string!(l, password.hint, min = MIN_PASSWORD_CHARS).to_string())}</p>
            <FormErrorText error=form.error testid="account-error"/>
            <label class="check">
                <input type="checkbox" data-testid="account-stay" bind:checked=persistent/>
                <span>{t(|l| td_string!(l, sign_in.stay))}</span>
            </label>
            <button class="button wide" type="submit" data-testid="account-submit" disabled=form.disabled_or(incomplete)>
                {t(|l| td_string!(l, join.submit))}
            </button>
        </form>
    }
}
