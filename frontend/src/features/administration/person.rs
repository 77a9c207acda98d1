//! A person, as the administration sees and changes them.

use confab_shared::{
    api::{Account, AccountChange},
    id::UserId,
    user::ServerRole,
};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    account_list::AccountList,
    facts::facts,
    rights::{given_roles, may_change},
    role_select::RoleSelect,
};
use crate::{
    features::account::session_list::SessionList,
    i18n::{t, t_fmt, td_string},
    platform::{api, clock::local_day},
    session::use_session,
    state::Chat,
    ui::{
        avatar::{Avatar, Size},
        confirmed::Confirmed,
        dialog::Dialog,
        form_error::FormErrorText,
        initials::hue,
        person_name::{person_name, shown_name},
        reactive::memo,
        show::{Show, dynamic},
        submission::Submission,
    },
};

#[component]
pub(super) fn PersonDialog(
    id: UserId,
    /// The role of the one who looks.
    role: ServerRole,
    list: RwSignal<AccountList>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let chat: Chat = expect_context();
    let me = use_session().get_untracked().map(|session| (session.user.id, role));
    let account = memo(move || list.with(|list| list.get(id).cloned()));
    let user = memo(move || account.with(|account| account.as_ref().map(|account| account.user.clone())));
    let name = memo(move || user.with(|user| user.as_ref().map(shown_name)).unwrap_or_default());
    let hue_of =
        Signal::derive(move || user.with(|user| user.as_ref().map_or(1, |user| hue(user.name.as_str()))));
    let line = t_fmt(move |l| {
        let today = local_day(chat.now.get());
        account.with(|account| account.as_ref().map(|account| facts(l, account, today)).unwrap_or_default())
    });
    // The role of the person decides what is offered; every other change leaves the form as it is.
    let theirs = memo(move || account.with(|account| account.as_ref().map(|account| account.role)));
    view! {
        <Dialog title=|l| td_string!(l, people.person) open testid="person-dialog">
            <div class="dialog-scroll">
                <div class="entry">
                    <Avatar name hue_of size=Size::Large/>
                    <span class="entry-text">
                        <b dir="auto" data-testid="person-name">{dynamic(move || user.with(|user| user.as_ref().map(person_name)).into_any())}</b>
                        <span id="dialog-text" data-testid="person-facts">{line}</span>
                    </span>
                </div>
                {dynamic(move || match (me, theirs.get()) {
                    (Some(me), Some(theirs)) if may_change(me, (id, theirs)) => {
                        let roles = given_roles(me, (id, theirs));
                        view! { <Changes id roles role=theirs account list/> }.into_any()
                    }
                    (Some((me, _)), _) if me == id => view! {
                        <p class="details-note">{t(|l| td_string!(l, people.you))}</p>
                    }
                    .into_any(),
                    _ => view! { <p class="details-note">{t(|l| td_string!(l, people.not_yours))}</p> }.into_any(),
                })}
            </div>
        </Dialog>
    }
}

/// What can be changed about a person.
#[component]
fn Changes(
    id: UserId,
    roles: &'static [ServerRole],
    role: ServerRole,
    account: Memo<Option<Account>>,
    list: RwSignal<AccountList>,
) -> impl IntoView {
    let session = use_session();
    let form = Submission::new();
    let chosen = RwSignal::new(role);
    let change = move |change: AccountChange| {
        let token = session.token();
        form.run(async move {
            let changed = api::accounts::change_account(&token, id, &change).await?;
            list.try_update(|list| list.replace(changed));
            Ok(())
        });
    };
    let set_role = move |event: SubmitEvent| {
        event.prevent_default();
        change(AccountChange { role: Some(chosen.get_untracked()), ..AccountChange::default() });
    };
    let set_active =
        move |active: bool| change(AccountChange { active: Some(active), ..AccountChange::default() });
    let reset = move || change(AccountChange { reset_second_factor: true, ..AccountChange::default() });
    let active = memo(move || account.with(|account| account.as_ref().is_some_and(|account| account.active)));
    let second_factor = memo(move || {
        account.with(|account| account.as_ref().is_some_and(|account| account.has_second_factor))
    });
    let blocked = form.disabled_or(|| false);
    let reactivate = move || {
        view! {
            <Confirmed
                label=|l| td_string!(l, people.reactivate)
                question=|l| td_string!(l, people.reactivate_question)
                testid="reactivate"
                disabled=blocked
                on_confirm=move |()| set_active(true)
            />
        }
    };
    view! {
        <form class="dialog-form" on:submit=set_role novalidate>
            <RoleSelect id="person-role" roles value=chosen/>
            <button
                class="button quiet"
                type="submit"
                data-testid="person-role-save"
                disabled=form.disabled_or(move || chosen.get() == role)
            >
                {t(|l| td_string!(l, details.save))}
            </button>
        </form>
        <FormErrorText error=form.error testid="person-error"/>
        <Show when=move || active.get() fallback=reactivate>
            <Confirmed
                label=|l| td_string!(l, people.deactivate)
                question=|l| td_string!(l, people.deactivate_question)
                testid="deactivate"
                disabled=blocked
                on_confirm=move |()| set_active(false)
            />
        </Show>
        <Show when=move || second_factor.get()>
            <Confirmed
                label=|l| td_string!(l, people.reset)
                question=|l| td_string!(l, people.reset_question)
                testid="reset-second-factor"
                disabled=blocked
                on_confirm=move |()| reset()
            />
        </Show>
        // A deactivated person has none.
        <Show when=move || active.get()>
            <h3 class="details-heading">{t(|l| td_string!(l, devices.title))}</h3>
            <SessionList of=Some(id)/>
        </Show>
    }
}
