//! The sign-in form.

use confab_shared::{
    api::{Access, SignIn as SignInBody},
    error::{ErrorBody, ErrorCode},
    text::UserName,
};
use gloo_timers::future::TimeoutFuture;
use leptos::{
    ev::SubmitEvent,
    prelude::*,
    task::{spawn_local, spawn_local_scoped_with_cancellation},
};

use web_sys::HtmlInputElement;

use crate::{
    i18n::{t, t_fmt, td_string},
    platform::{api, browser::focus_on_next_frame},
    session::{Session, guest_key, use_session},
    ui::{
        form_error::{FormError, form_error_text},
        icon::Logo,
        language_switch::LanguageSwitch,
        password_field::PasswordField,
        reactive::{ElementRef, capture, effect, on_event},
        show::{Show, bool_attr, dynamic},
    },
};

/// The delay before a server out of reach is asked again, in milliseconds.
const RETRY_DELAY_MS: u32 = 2_000;

/// The sign-in page. A name that the address asks for is signed in at once.
#[component]
pub(crate) fn SignIn(requested_name: Option<String>) -> impl IntoView {
    let (loaded, open) = (RwSignal::new(false), RwSignal::new(false));
    let unreachable = RwSignal::new(false);
    spawn_local_scoped_with_cancellation(async move {
        loop {
            match api::get_server().await {
                Ok(server) => {
                    open.set(server.access == Access::Open);
                    break loaded.set(true);
                }
                Err(_) => unreachable.set(true),
            }
            TimeoutFuture::new(RETRY_DELAY_MS).await;
        }
        unreachable.set(false);
    });
    view! {
        <main class="sign-in">
            <div class="sign-in-card">
                <div class="sign-in-logo"><Logo/></div>
                {dynamic(move || match (loaded.get(), open.get()) {
                    // Empty until the server has said who may sign in.
                    (false, _) => view! { <div class="sign-in-form" aria-busy="true"></div> }.into_any(),
                    (true, open) => view! { <SignInForm open requested_name=requested_name.clone()/> }.into_any(),
                })}
                <Show when=move || unreachable.get()>
                    <p class="sign-in-note" role="status">{t(|l| td_string!(l, sign_in.no_server))}</p>
                </Show>
                <div class="sign-in-footer"><LanguageSwitch/></div>
            </div>
        </main>
    }
}

/// The form. Where the server is not open, a name comes in with its password only.
#[component]
fn SignInForm(open: bool, requested_name: Option<String>) -> impl IntoView {
    let session = use_session();
    let name = RwSignal::new(requested_name.clone().unwrap_or_default());
    let persistent = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<FormError>);
    let input = ElementRef::new();
    // Where the server is open, it is asked for only where the name has one.
    let (password, asks_password) = (RwSignal::new(String::new()), RwSignal::new(!open));

    let sign_in = move || {
        if busy.get_untracked() {
            return;
        }
        let wanted = name.get_untracked();
        if let Err(refused) = UserName::new(&wanted) {
            return error.set(Some(FormError::from_name_error(&wanted, &refused)));
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let shown = asks_password.get_untracked().then(|| password.get_untracked());
            let answer = create_session(wanted, shown, persistent.get_untracked()).await;
            busy.try_set(false);
            match answer {
                Ok(new) => session.begin(new),
                Err(refused) if wants_password(&refused) => {
                    // At first the field is enough of an answer.
                    let first = open && refused.code == ErrorCode::PasswordRequired;
                    asks_password.try_set(true);
                    error.try_set((!first).then_some(FormError { error: refused, name: None }));
                }
                Err(refused) => {
                    asks_password.try_set(!open);
                    error.try_set(Some(FormError { error: refused, name: Some(String::new()) }));
                    if let Some(input) = input.get_untracked::<HtmlInputElement>() {
                        let _ = input.focus();
                        input.select();
                    }
                }
            }
        });
    };
    if requested_name.is_some() && open {
        sign_in();
    }
    effect(move || {
        if let Some(input) = input.get::<HtmlInputElement>() {
            focus_on_next_frame(input);
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        sign_in();
    };
    let invalid = move || error.with(Option::is_some);
    let name_invalid =
        move || error.with(|error| error.as_ref().is_some_and(|error| !wants_password(&error.error)));
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
                    error.set(None);
                    asks_password.set(!open);
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
            <p id="name-note" class="field-note" aria-live="polite">
                // The hint is of the name, and not of the password below it.
                <Show when=move || !invalid() && !asks_password.get()>
                    {t(|l| td_string!(l, sign_in.hint))}
                </Show>
                <Show when=invalid>
                    <span class="field-error" data-testid="sign-in-error">{form_error_text(error)}</span>
                </Show>
            </p>
            <label class="check">
                <input type="checkbox" data-testid="stay-signed-in" bind:checked=persistent/>
                <span>{t(|l| td_string!(l, sign_in.stay))}</span>
            </label>
            <button class="button wide" type="submit" data-testid="sign-in-submit" disabled=Signal::derive(move || busy.get())>
                {t_fmt(move |l| match busy.get() { true => td_string!(l, sign_in.busy), false => td_string!(l, sign_in.submit) }.to_owned())}
            </button>
        </form>
    }
}

/// Whether an error says that a name has a password that was not given, or not rightly.
fn wants_password(error: &ErrorBody) -> bool {
    matches!(error.code, ErrorCode::PasswordRequired | ErrorCode::WrongPassword)
}

/// Creates a session, with the guest key of the name where this browser has it. Another session of the tab ends.
async fn create_session(name: String, password: Option<String>, persistent: bool) -> api::ApiResult<Session> {
    let before = Session::load();
    let guest_key = guest_key(&name);
    let signed_in =
        api::create_session(&SignInBody { name: name.trim().to_owned(), guest_key, password, code: None })
            .await?;
    let session = Session::store(signed_in, persistent);
    if let Some(before) = before.filter(|before| !before.persistent) {
        let _ = api::delete_session(&before.token).await;
    }
    Ok(session)
}
