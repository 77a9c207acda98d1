//! The sign-in page: signing in, and making an account where anybody may.

pub(crate) mod card;
mod form;
pub(crate) mod new_account;
mod steps;

use confab_shared::api::{Access, ServerInfo};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};

use self::{card::Card, form::SignInForm, new_account::NewAccountForm};
use crate::{
    i18n::{t, t_fmt, td_string},
    platform::api,
    ui::{
        reactive::on_event,
        show::{Show, dynamic},
    },
};

/// The delay before a server out of reach is asked again, in milliseconds.
const RETRY_DELAY_MS: u32 = 2_000;

/// The sign-in page. A name that the address asks for is signed in at once.
#[component]
pub(crate) fn SignIn(requested_name: Option<String>) -> impl IntoView {
    let server = RwSignal::new(None::<ServerInfo>);
    let unreachable = RwSignal::new(false);
    spawn_local_scoped_with_cancellation(async move {
        loop {
            match api::get_server().await {
                Ok(info) => break server.set(Some(info)),
                Err(_) => unreachable.set(true),
            }
            TimeoutFuture::new(RETRY_DELAY_MS).await;
        }
        unreachable.set(false);
    });
    view! {
        <Card>
            {dynamic(move || match server.get() {
                // Empty until the server has said who may sign in.
                None => view! { <div class="sign-in-form" aria-busy="true"></div> }.into_any(),
                Some(server) => view! { <Forms server requested_name=requested_name.clone()/> }.into_any(),
            })}
            <Show when=move || unreachable.get()>
                <p class="sign-in-note" role="status">{t(|l| td_string!(l, sign_in.no_server))}</p>
            </Show>
        </Card>
    }
}

/// The form that signs in or, where anybody may make an account and wants to, the one that makes it.
#[component]
fn Forms(server: ServerInfo, requested_name: Option<String>) -> impl IntoView {
    let open = server.access == Access::Open;
    let registering = RwSignal::new(false);
    let switch = (!open && server.registration).then(|| {
        view! {
            <button
                class="button plain wide"
                type="button"
                data-testid="register"
                on:click=on_event(move || registering.update(|on| *on = !*on))
            >
                {t_fmt(move |l| match registering.get() {
                    true => td_string!(l, join.have_account),
                    false => td_string!(l, join.register),
                }.to_owned())}
            </button>
        }
    });
    let exposed = server.exposed.then(|| {
        view! { <p class="sign-in-note" data-testid="exposed">{t(|l| td_string!(l, exposed.text))}</p> }
    });
    view! {
        {dynamic(move || match registering.get() {
            false => view! { <SignInForm open requested_name=requested_name.clone()/> }.into_any(),
            true => view! {
                <h1>{t(|l| td_string!(l, join.new_account))}</h1>
                <p class="sign-in-lead">{t(|l| td_string!(l, join.lead))}</p>
                <NewAccountForm secret=None on_made=Callback::new(|()| ())/>
            }
            .into_any(),
        })}
        {switch}
        {exposed}
    }
}
