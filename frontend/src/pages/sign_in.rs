//! The door: a name, and one is in.

use confab_shared::{
    api::{Access, SignIn as SignInBody},
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
    api,
    app::use_session,
    browser::focus_soon,
    components::refusal::{Refusal, refusal_text},
    components::when::{When, shown, yes_or_no},
    components::{icon::Mark, language_switch::LanguageSwitch},
    i18n::{say, td_string, tell},
    reactive::{Slot, held, press, watch},
    session::{self, Session},
};

/// The pause before a server out of reach is asked again, in milliseconds.
const PAUSE_MILLIS: u32 = 2_000;

/// The door. Where the address asks for somebody, they are let in without being asked.
#[component]
pub(crate) fn SignIn(asked_for: Option<String>) -> impl IntoView {
    let (known, open) = (RwSignal::new(false), RwSignal::new(false));
    let unreachable = RwSignal::new(false);
    spawn_local_scoped_with_cancellation(async move {
        loop {
            match api::server().await {
                Ok(server) => {
                    open.set(server.access == Access::Open);
                    break known.set(true);
                }
                Err(_) => unreachable.set(true),
            }
            TimeoutFuture::new(PAUSE_MILLIS).await;
        }
        unreachable.set(false);
    });
    view! {
        <main class="door">
            <div class="door-card">
                <div class="door-mark"><Mark/></div>
                {shown(move || match (known.get(), open.get()) {
                    // Nothing is offered before it is known what there is to offer; that takes a moment only.
                    (false, _) => view! { <div class="door-form" aria-busy="true"></div> }.into_any(),
                    (true, true) => view! { <SignInForm asked_for=asked_for.clone()/> }.into_any(),
                    (true, false) => view! { <Closed/> }.into_any(),
                })}
                <When holds=move || unreachable.get()>
                    <p class="door-note" role="status">{say(|l| td_string!(l, sign_in.no_server))}</p>
                </When>
                <div class="door-foot"><LanguageSwitch/></div>
            </div>
        </main>
    }
}

/// What there is to say where no form would let anybody in.
#[component]
fn Closed() -> impl IntoView {
    view! {
        <h1>{say(|l| td_string!(l, sign_in.closed_title))}</h1>
        <p class="door-lead" data-testid="access-closed">{say(|l| td_string!(l, sign_in.closed))}</p>
    }
}

#[component]
fn SignInForm(asked_for: Option<String>) -> impl IntoView {
    let session = use_session();
    let name = RwSignal::new(asked_for.clone().unwrap_or_default());
    let stay = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Refusal>);
    let input = Slot::new();

    let come_in = move || {
        if busy.get_untracked() {
            return;
        }
        let wanted = name.get_untracked();
        if let Err(refused) = UserName::new(&wanted) {
            return error.set(Some(Refusal::of_name(&wanted, &refused)));
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = sign_in(wanted, stay.get_untracked()).await;
            busy.try_set(false);
            match answer {
                Ok(new) => session.begin(new),
                Err(refused) => {
                    error.try_set(Some(Refusal { error: refused, name: Some(String::new()) }));
                    if let Some(input) = input.now::<HtmlInputElement>() {
                        let _ = input.focus();
                        input.select();
                    }
                }
            }
        });
    };
    if asked_for.is_some() {
        come_in();
    }
    watch(move || {
        if let Some(input) = input.get::<HtmlInputElement>() {
            focus_soon(input);
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        come_in();
    };
    let failed = move || error.with(Option::is_some);
    view! {
        <form class="door-form" on:submit=submit novalidate>
            <h1>{say(|l| td_string!(l, sign_in.title))}</h1>
            <p class="door-lead">
                {tell(move |l| match session.ended.get() { true => td_string!(l, sign_in.over), false => td_string!(l, sign_in.lead) }.to_owned())}
            </p>
            <label class="label" for="name">{say(|l| td_string!(l, sign_in.name))}</label>
            <input
                id="name"
                class="field"
                data-testid="sign-in-name"
                type="text"
                autocomplete="username"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="go"
                use:held=input
                bind:value=name
                aria-invalid=yes_or_no(failed)
                aria-describedby="name-note"
                on:input=press(move || error.set(None))
            />
            <p id="name-note" class="field-note" aria-live="polite">
                <When holds=failed otherwise=move || say(|l| td_string!(l, sign_in.hint))>
                    <span class="field-error" data-testid="sign-in-error">{refusal_text(error)}</span>
                </When>
            </p>
            <label class="check">
                <input type="checkbox" data-testid="stay-signed-in" bind:checked=stay/>
                <span>{say(|l| td_string!(l, sign_in.stay))}</span>
            </label>
            <button class="button wide" type="submit" data-testid="sign-in-submit" disabled=Signal::derive(move || busy.get())>
                {tell(move |l| match busy.get() { true => td_string!(l, sign_in.busy), false => td_string!(l, sign_in.submit) }.to_owned())}
            </button>
        </form>
    }
}

/// Signs in, with the name's key where this browser holds it. A session that the tab had for somebody else ends.
async fn sign_in(name: String, kept: bool) -> api::Answer<Session> {
    let before = Session::remembered();
    let guest_key = session::guest_key(&name);
    let signed_in = api::sign_in(&SignInBody { name: name.trim().to_owned(), guest_key }).await?;
    let session = Session::begin(signed_in, kept);
    if let Some(before) = before.filter(|before| !before.kept) {
        let _ = api::sign_out(&before.token).await;
    }
    Ok(session)
}
