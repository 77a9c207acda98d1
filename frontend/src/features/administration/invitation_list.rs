//! The invitations that can still be used.

use confab_shared::api::Invitation;
use leptos::prelude::*;

use crate::{
    features::account::role::role_name,
    i18n::{Locale, dates, lists::list, t, t_fmt, td_string},
    ui::{
        bidi::{isolate, render_isolated},
        person_name::name_with_unique,
        reactive::on_event,
        show::{Show, dynamic},
    },
};

/// The invitations, each with a button that revokes it.
#[component]
pub(super) fn InvitationList(
    /// None until the server has answered.
    invitations: RwSignal<Option<Vec<Invitation>>>,
    blocked: Signal<bool>,
    on_revoke: Callback<u64>,
) -> impl IntoView {
    view! {
        <Show when=move || invitations.with(|invitations| invitations.as_ref().is_some_and(Vec::is_empty))>
            <p class="list-nothing">{t(|l| td_string!(l, invitations.none))}</p>
        </Show>
        <ul class="entries" data-testid="invitations">
            {dynamic(move || {
                let invitations = invitations.get().unwrap_or_default().into_iter();
                invitations.map(|invitation| entry(invitation, blocked, on_revoke)).collect_view().into_any()
            })}
        </ul>
    }
}

fn entry(invitation: Invitation, blocked: Signal<bool>, on_revoke: Callback<u64>) -> AnyView {
    let id = invitation.id;
    let invitation = StoredValue::new(invitation);
    let title = t_fmt(move |l| invitation.with_value(|invitation| title(l, invitation)));
    let facts = t_fmt(move |l| invitation.with_value(|invitation| facts(l, invitation)));
    view! {
        <li class="entry" data-testid="invitation">
            <span class="entry-text">
                <b>{dynamic(move || title.with(|title| render_isolated(title)))}</b>
                <span>{dynamic(move || facts.with(|facts| render_isolated(facts)))}</span>
            </span>
            <button
                class="button plain"
                type="button"
                data-testid="revoke"
                disabled=blocked
                on:click=on_event(move || on_revoke.run(id))
            >
                {t(|l| td_string!(l, invitations.revoke))}
            </button>
        </li>
    }
    .into_any()
}

/// Who invites, and as what.
fn title(locale: Locale, invitation: &Invitation) -> String {
    let role = role_name(locale, invitation.role);
    match &invitation.by {
        Some(by) => td_string!(locale, invitations.by, role = role, name = name_with_unique(by)).to_string(),
        None => td_string!(locale, invitations.by_command_line, role = role).to_string(),
    }
}

/// How many may still come and until when, and the groups that they join.
fn facts(locale: Locale, invitation: &Invitation) -> String {
    let (left, all) = (invitation.uses_left, invitation.uses_left.saturating_add(invitation.used));
    let when = dates::day_and_time(locale, invitation.expires_at);
    let mut facts = vec![
        td_string!(locale, invitations.left, left = left, all = all).to_string(),
        td_string!(locale, invitations.until, when = when).to_string(),
    ];
    if !invitation.groups.is_empty() {
        let groups: Vec<_> = invitation.groups.iter().map(|title| isolate(title.as_str())).collect();
        facts.push(list(locale, &groups));
    }
    facts.join(" · ")
}
