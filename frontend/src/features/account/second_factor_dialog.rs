//! The second factor: one-time codes of an app, set up with a QR code, and removed with one of its codes.

mod ask_password;
mod recovery_codes;
mod set_up;

use confab_shared::api::{SecondFactorCode, SecondFactorSecret};
use leptos::{ev::SubmitEvent, prelude::*};

use self::{ask_password::AskPassword, recovery_codes::RecoveryCodeList, set_up::SetUp};
use super::profile::use_profile;
use crate::{
    i18n::{plurals::t_plural, t, t_fmt, td_string},
    platform::api,
    session::use_session,
    ui::{
        code_field::{CodeField, without_gaps},
        dialog::Dialog,
        form_error::FormErrorText,
        on_demand::on_demand,
        show::dynamic,
        submission::{FetchError, Submission},
    },
};

/// What the dialog shows.
#[derive(Clone, PartialEq, Eq)]
enum Step {
    /// The server has not answered yet.
    Loading,
    /// There is none, and setting one up asks for the password.
    Password,
    /// A secret to be confirmed.
    SetUp(SecondFactorSecret),
    /// The recovery codes, once.
    Codes(Vec<String>),
    /// There is a second factor, with so many recovery codes left.
    Active(u32),
}

on_demand! {
    /// The dialog of the second factor.
    pub(super) fn second_factor_dialog(open: RwSignal<bool>) in dialogs { <SecondFactorDialog open/> }
}

#[component]
fn SecondFactorDialog(open: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let profile = use_profile();
    let step = RwSignal::new(Step::Loading);
    let fetch = Submission::new();
    let load = move || {
        let token = session.token();
        fetch.run(async move {
            let me = api::get_me(&token).await?;
            let next = match me.has_second_factor {
                true => Step::Active(me.recovery_codes),
                false => Step::Password,
            };
            profile.set(me);
            step.try_set(next);
            Ok(())
        });
    };
    load();
    let created = Callback::new(move |secret| drop(step.try_set(Step::SetUp(secret))));
    let confirmed = Callback::new(move |codes| {
        profile.refresh();
        step.try_set(Step::Codes(codes));
    });
    let close = Callback::new(move |()| {
        profile.refresh();
        open.try_set(false);
    });
    view! {
        <Dialog title=|l| td_string!(l, second_factor.title) open testid="second-factor-dialog">
            <div class="dialog-scroll">
                {dynamic(move || match step.get() {
                    Step::Loading => view! {
                        <div aria-busy="true"><FetchError request=fetch on_retry=move |()| load()/></div>
                    }
                    .into_any(),
                    Step::Password => view! { <AskPassword on_created=created/> }.into_any(),
                    Step::SetUp(secret) => view! { <SetUp secret on_confirmed=confirmed/> }.into_any(),
                    Step::Codes(codes) => view! { <RecoveryCodeList codes on_done=close/> }.into_any(),
                    Step::Active(left) => view! { <Active left on_removed=close/> }.into_any(),
                })}
            </div>
        </Dialog>
    }
}

/// Says that there is a second factor, and removes it with a code.
#[component]
fn Active(left: u32, on_removed: Callback<()>) -> impl IntoView {
    let session = use_session();
    let code = RwSignal::new(String::new());
    let form = Submission::new();
    let remove = move |event: SubmitEvent| {
        event.prevent_default();
        let (token, code) = (session.token(), without_gaps(&code.get_untracked()));
        form.run(async move {
            api::accounts::remove_second_factor(&token, &SecondFactorCode { code }).await?;
            on_removed.try_run(());
            Ok(())
        });
    };
    view! {
        <form class="dialog-form" on:submit=remove novalidate>
            <p id="dialog-text" class="dialog-text" data-testid="second-factor-active">
                {t(|l| td_string!(l, second_factor.active))} " "
                {t_fmt(move |l| t_plural!(l, u64::from(left), second_factor.left, count = left))}
            </p>
            <CodeField id="second-factor-code" value=code error=form.error recovery=true focused=true/>
            <FormErrorText error=form.error testid="second-factor-error"/>
            <footer class="dialog-footer">
                <button
                    class="button danger"
                    type="submit"
                    data-testid="second-factor-remove"
                    disabled=form.disabled_or(move || code.with(|code| code.trim().is_empty()))
                >
                    {t(|l| td_string!(l, second_factor.remove))}
                </button>
            </footer>
        </form>
    }
}
