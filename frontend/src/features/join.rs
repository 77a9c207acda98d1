//! The page of a link: the set-up link, which makes the owner, and invitations.

use confab_shared::{
    api::{InvitationLookup, InvitationView},
    error::ErrorCode,
    user::ServerRole,
};
use leptos::prelude::*;

use crate::{
    features::sign_in::{card::Card, new_account::NewAccountForm},
    i18n::{Locale, t, t_fmt, td_string},
    platform::{
        api,
        browser::{listen, window},
    },
    route::{replace_with_list, take_join_secret},
    session::use_session,
    ui::{
        bidi::{isolate, render_isolated},
        reactive::{memo, on_event},
        show::dynamic,
        submission::{FetchError, Submission},
    },
};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// The server has not answered yet.
    LookingUp,
    /// The link cannot be used.
    Refused,
    /// Somebody is signed in already, and may go on as they are.
    Choice,
    /// The form that makes an account.
    Form(InvitationView),
}

/// The page of a link with a secret. Without `joining` the page goes on as without a link.
#[component]
pub(crate) fn Join(secret: String, joining: RwSignal<Option<String>>) -> impl IntoView {
    let session = use_session();
    let name = session.get_untracked().map(|session| session.user.name.to_string());
    let as_new = RwSignal::new(name.is_none());
    let found = RwSignal::new(None::<InvitationView>);
    let lookup = Submission::new();
    let empty = secret.is_empty();
    let body = StoredValue::new(InvitationLookup { token: secret.clone() });
    let look_up = move || {
        let body = body.get_value();
        lookup.run(async move {
            let answer = api::accounts::look_up_invitation(&body).await?;
            found.try_set(Some(answer));
            Ok(())
        });
    };
    if !empty {
        look_up();
    }
    // Another link in the same tab changes the fragment only, which loads no page.
    listen(&window(), "hashchange", move |_: web_sys::Event| {
        if let Some(secret) = take_join_secret() {
            joining.set(Some(secret));
        }
    });
    let step = memo(move || {
        let refused = lookup.error.with(|error| error.as_ref().map(|error| error.error.code));
        step(empty || refused == Some(ErrorCode::BadInvitation), found.get(), as_new.get())
    });
    let leave = Callback::new(move |()| {
        replace_with_list();
        joining.set(None);
    });
    let name = StoredValue::new(name);
    view! {
        <Card>
            {dynamic(move || match step.get() {
                Step::LookingUp => view! {
                    <div class="sign-in-form" aria-busy="true">
                        <FetchError request=lookup on_retry=move |()| look_up()/>
                    </div>
                }
                .into_any(),
                Step::Refused => view! { <Refused empty name=name.get_value() leave/> }.into_any(),
                Step::Choice => view! { <Choice name=name.get_value().unwrap_or_default() as_new leave/> }.into_any(),
                Step::Form(invitation) => {
                    let owner = invitation.role == ServerRole::Owner;
                    let lead = t_fmt(move |l| lead(l, &invitation));
                    view! {
                        <h1>{t_fmt(move |l| match owner { true => td_string!(l, join.owner_title), false => td_string!(l, join.title) }.to_owned())}</h1>
                        <p class="sign-in-lead" data-testid="join-lead">{dynamic(move || lead.with(|lead| render_isolated(lead)))}</p>
                        <NewAccountForm secret=Some(secret.clone()) on_made=leave/>
                    }
                    .into_any()
                }
            })}
        </Card>
    }
}

fn step(refused: bool, found: Option<InvitationView>, as_new: bool) -> Step {
    match found {
        _ if refused => Step::Refused,
        None => Step::LookingUp,
        Some(_) if !as_new => Step::Choice,
        Some(invitation) => Step::Form(invitation),
    }
}

/// What the link means, in a sentence.
fn lead(locale: Locale, invitation: &InvitationView) -> String {
    let by = invitation.by.as_ref().map(|by| isolate(by.as_str()));
    match (invitation.role, by) {
        (ServerRole::Owner, _) => td_string!(locale, join.owner).to_owned(),
        (ServerRole::Admin, Some(name)) => td_string!(locale, join.admin, name = name).to_string(),
        (ServerRole::Member, Some(name)) => td_string!(locale, join.member, name = name).to_string(),
        (ServerRole::Guest, Some(name)) => td_string!(locale, join.guest, name = name).to_string(),
        (_, None) => td_string!(locale, join.lead).to_owned(),
    }
}

/// Says that the link cannot be used, and leads on.
#[component]
fn Refused(
    /// Whether the link came without its secret.
    empty: bool,
    /// Who is signed in.
    name: Option<String>,
    leave: Callback<()>,
) -> impl IntoView {
    view! {
        <h1>{t(|l| td_string!(l, join.refused_title))}</h1>
        <p class="sign-in-lead" role="alert" data-testid="join-refused">
            {t_fmt(move |l| match empty { true => td_string!(l, join.empty), false => td_string!(l, error.bad_invitation) }.to_owned())}
        </p>
        <GoOn name leave/>
    }
}

/// Asks somebody who is signed in whether to go on, or to join as somebody else.
#[component]
fn Choice(name: String, as_new: RwSignal<bool>, leave: Callback<()>) -> impl IntoView {
    let isolated = isolate(&name);
    let sentence = t_fmt(move |l| td_string!(l, join.signed_in, name = isolated.as_str()).to_string());
    view! {
        <h1>{t(|l| td_string!(l, join.title))}</h1>
        <p class="sign-in-lead" data-testid="join-signed-in">{dynamic(move || sentence.with(|text| render_isolated(text)))}</p>
        <GoOn name=Some(name) leave/>
        <button
            class="button quiet wide"
            type="button"
            data-testid="join-as-new"
            on:click=on_event(move || as_new.set(true))
        >
            {t(|l| td_string!(l, join.as_new))}
        </button>
    }
}

/// The button that leads to the chat of whoever is signed in, else to the sign-in form.
#[component]
fn GoOn(name: Option<String>, leave: Callback<()>) -> impl IntoView {
    let name = name.as_deref().map(isolate);
    let label = t_fmt(move |l| match &name {
        Some(name) => td_string!(l, join.go_on, name = name.as_str()).to_string(),
        None => td_string!(l, join.to_sign_in).to_owned(),
    });
    view! {
        <button class="button wide" type="button" data-testid="join-leave" on:click=on_event(move || leave.run(()))>
            <span>{dynamic(move || label.with(|label| render_isolated(label)))}</span>
        </button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET_UP: InvitationView = InvitationView { by: None, role: ServerRole::Owner };

    #[test]
    fn a_link_that_holds_leads_to_the_form() {
        assert_eq!(step(false, None, true), Step::LookingUp);
        assert_eq!(step(false, Some(SET_UP), true), Step::Form(SET_UP));
    }

    #[test]
    fn whoever_is_signed_in_chooses_first() {
        assert_eq!(step(false, Some(SET_UP), false), Step::Choice);
    }

    #[test]
    fn a_link_that_was_refused_offers_nothing() {
        assert_eq!(step(true, None, true), Step::Refused);
        assert_eq!(step(true, Some(SET_UP), false), Step::Refused);
    }
}
