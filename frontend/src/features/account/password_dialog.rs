//! Sets or changes the password of the name: a guest keeps the name with it.

use confab_shared::api::{MIN_PASSWORD_CHARS, MeChange, PasswordChange};
use leptos::{ev::SubmitEvent, prelude::*};

use crate::{
    features::account::profile::use_profile,
    i18n::{t, t_fmt, td_string},
    platform::api,
    session::use_session,
    ui::{
        dialog::Dialog,
        form_error::FormErrorText,
        on_demand::on_demand,
        password_field::PasswordField,
        reactive::{ElementRef, capture, focus_when_mounted, memo, on_event},
        show::dynamic,
        submission::{FetchError, Submission},
    },
};

on_demand! {
    /// The dialog of the password.
    pub(super) fn password_dialog(open: RwSignal<bool>) in dialogs { <PasswordDialog open/> }
}

#[component]
fn PasswordDialog(open: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let profile = use_profile();
    // None until the server has answered whether there is one.
    let has_password = RwSignal::new(None::<bool>);
    let saved = RwSignal::new(false);
    let form = Submission::new();
    let error = form.error;
    let load = move || {
        let token = session.token();
        form.run(async move {
            let me = api::get_me(&token).await?;
            has_password.try_set(Some(me.has_password));
            Ok(())
        });
    };
    load();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let current = (has_password.get_untracked() == Some(true)).then(|| current.get_untracked());
        let change = MeChange {
            password: Some(PasswordChange { current, new: new.get_untracked() }),
            ..MeChange::default()
        };
        let token = session.token();
        form.run(async move {
            profile.set(api::change_me(&token, &change).await?);
            saved.try_set(true);
            Ok(())
        });
    };
    let name = memo(move || session.get().map(|session| session.user.name.to_string()).unwrap_or_default());
    let disabled = form.disabled_or(move || new.with(|new| new.chars().count() < MIN_PASSWORD_CHARS));
    // All fields appear at once, and the first one has the focus.
    let fields = move |has_password: bool| {
        view! {
            <form class="dialog-form" on:submit=save novalidate>
                <p id="dialog-text" class="dialog-text">{t(|l| td_string!(l, password.why))}</p>
                // For the browser's own store of passwords.
                <input type="text" autocomplete="username" value=name hidden/>
                {has_password.then(|| view! {
                    <PasswordField
                        label=|l| td_string!(l, password.current)
                        id="password-current"
                        autocomplete="current-password"
                        value=current
                        error
                        focused=true
                    />
                })}
                <PasswordField
                    label=|l| td_string!(l, password.new)
                    id="password-new"
                    autocomplete="new-password"
                    value=new
                    error
                    focused=!has_password
                />
                <p class="field-hint">{t_fmt(move |l| td_string!(l, password.hint, min = MIN_PASSWORD_CHARS).to_string())}</p>
                <FormErrorText error testid="password-error"/>
                <footer class="dialog-footer">
                    <button class="button quiet" type="button" on:click=on_event(move || open.set(false))>
                        {t(|l| td_string!(l, new.cancel))}
                    </button>
                    <button class="button" type="submit" data-testid="password-save" disabled=disabled>
                        {t(|l| td_string!(l, details.save))}
                    </button>
                </footer>
            </form>
        }
    };
    view! {
        <Dialog title=|l| td_string!(l, password.title) open testid="password-dialog">
            {dynamic(move || match (saved.get(), has_password.get()) {
                (true, _) => view! { <Saved open/> }.into_any(),
                (false, Some(has_password)) => fields(has_password).into_any(),
                (false, None) => view! {
                    <div aria-busy="true"><FetchError request=form on_retry=move |()| load()/></div>
                }
                .into_any(),
            })}
        </Dialog>
    }
}

#[component]
fn Saved(open: RwSignal<bool>) -> impl IntoView {
    let button = ElementRef::new();
    focus_when_mounted(button);
    view! {
        <p id="dialog-text" class="dialog-text" role="status" data-testid="password-saved">
            {t(|l| td_string!(l, password.saved))}
        </p>
        <footer class="dialog-footer">
            <button class="button" type="button" data-testid="password-done" use:capture=button on:click=on_event(move || open.set(false))>
                {t(|l| td_string!(l, password.done))}
            </button>
        </footer>
    }
}
