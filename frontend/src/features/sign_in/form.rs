//! The form that signs a name in, with what the name is asked for: nothing, a password, a code of its second factor.

use confab_shared::{api::SignIn, text::UserName};
use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
use web_sys::HtmlInputElement;

use super::steps::{Asked, is_about_name};
use crate::{
    i18n::{t, t_fmt, td_string},
    platform::api::{self, ApiResult},
    session::{Session, guest_key, use_session},
    ui::{
        code_field::{CodeField, without_gaps},
        form_error::{FormError, clear, form_error_text, is_waiting},
        password_field::PasswordField,
        reactive::{ElementRef, capture, focus_when_mounted, memo, on_event},
        show::{Show, bool_attr},
    },
};

/// The form. Where the server is not open, a name comes in with its password only.
#[component]
pub(super) fn SignInForm(open: bool, requested_name: Option<String>) -> impl IntoView {
    let session = use_session();
    let name = RwSignal::new(requested_name.clone().unwrap_or_default());
    let persistent = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<FormError>);
    let input = ElementRef::new();
    let (password, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let asked = RwSignal::new(Asked::at_first(open));
    let (asks_password, asks_code) =
        (memo(move || asked.with(|asked| asked.password)), memo(move || asked.with(|asked| asked.code)));

    let sign_in = move || {
        if busy.get_untracked() || untrack(|| is_waiting(error)) {
            return;
        }
        let wanted = name.get_untracked();
        if let Err(refused) = UserName::new(&wanted) {
            return error.set(Some(FormError::from_name_error(&wanted, &refused)));
        }
        busy.set(true);
        error.set(None);
        let shown = asked.get_untracked();
        let body = SignIn {
            guest_key: guest_key(&wanted),
            name: wanted.trim().to_owned(),
            password: shown.password.then(|| password.get_untracked()),
            code: shown.code.then(|| without_gaps(&code.get_untracked())),
        };
        let persistent = persistent.get_untracked();
        spawn_local(async move {
            let answer = create_session(&body, persistent).await;
            busy.try_set(false);
            let refused = match answer {
                Ok(new) => return session.begin(new),
                Err(refused) => refused,
            };
            let (now_asked, in_words) = shown.after(refused.code, open);
            asked.try_set(now_asked);
            let about_name = is_about_name(refused.code);
            let refusal = FormError { error: refused, name: about_name.then(String::new) };
            error.try_set(in_words.then_some(refusal));
            if let Some(input) = input.get_untracked::<HtmlInputElement>().filter(|_| about_name) {
                let _ = input.focus();
                input.select();
            }
        });
    };
    if requested_name.is_some() && open {
        sign_in();
    }
    focus_when_mounted(input);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        sign_in();
    };
    let error_text = form_error_text(error);
    let invalid = move || error.with(Option::is_some);
    let name_invalid =
        move || error.with(|error| error.as_ref().is_some_and(|error| is_about_name(error.error.code)));
    view! {
        <form class="sign-in-form" on:submit=submit novalidate>
            <h1>{t(|l| td_string!(l, sign_in.title))}</h1>
            <p class="sign-in-lead">
                {t_fmt(move |l| match session.expired.get() {
                    true => td_string!(l, sign_in.over),
                    false if open => td_string!(l, sign_in.lead),
                    false => td_string!(l, sign_in.lead_accounts),
                }.to_owned())}
            </p>
            <label class="label" for="name">{t(|l| td_string!(l, sign_in.name))}</label>
            <input
                id="name"
                class="field"
                data-testid="sign-in-name"
                type="text"
                autocomplete="username"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="go"
                use:capture=input
                bind:value=name
                aria-invalid=bool_attr(name_invalid)
                aria-describedby="name-note"
                on:input=on_event(move || {
                    clear(error);
                    asked.set(Asked::at_first(open));
                })
            />
            <Show when=move || asks_password.get()>
                <PasswordField
                    label=|l| td_string!(l, sign_in.password)
                    id="sign-in-password"
                    autocomplete="current-password"
                    value=password
                    error
                    focused=open
                />
            </Show>
            <Show when=move || asks_code.get()>
                <CodeField id="sign-in-code" value=code error recovery=true focused=true/>
            </Show>
            <p id="name-note" class="field-note" aria-live="polite">
                // The hint is of the name, and not of the password below it.
                <Show when=move || !invalid() && !asks_password.get()>
                    {t(|l| td_string!(l, sign_in.hint))}
                </Show>
                <Show when=invalid>
                    <span class="field-error" data-testid="sign-in-error">{error_text}</span>
                </Show>
            </p>
            <label class="check">
                <input type="checkbox" data-testid="stay-signed-in" bind:checked=persistent/>
                <span>{t(|l| td_string!(l, sign_in.stay))}</span>
            </label>
            <button
                class="button wide"
                type="submit"
                data-testid="sign-in-submit"
                disabled=Signal::derive(move || busy.get() || is_waiting(error))
            >
                {t_fmt(move |l| match busy.get() { true => td_string!(l, sign_in.busy), false => td_string!(l, sign_in.submit) }.to_owned())}
            </button>
        </form>
    }
}

/// Creates a session, with the guest key of the name where this browser has it.
async fn create_session(body: &SignIn, persistent: bool) -> ApiResult<Session> {
    let signed_in = api::create_session(body).await?;
    Ok(Session::replace(signed_in, persistent).await)
}
