//! A field for a role.

use confab_shared::user::ServerRole;
use leptos::prelude::*;
use web_sys::Event;

use crate::{
    features::account::role::role_name,
    i18n::{t, t_fmt, td_string},
};

/// A field that offers some roles, with the chosen one.
#[component]
pub(super) fn RoleSelect(
    id: &'static str,
    roles: &'static [ServerRole],
    value: RwSignal<ServerRole>,
) -> impl IntoView {
    let chosen = value.get_untracked();
    let options = roles.iter().enumerate().map(|(index, role)| {
        let role = *role;
        view! {
            <option value=index.to_string() selected=role == chosen>{t_fmt(move |l| role_name(l, role).to_owned())}</option>
        }
    });
    let choose = move |event: Event| {
        let index = event_target_value(&event).parse::<usize>();
        if let Some(role) = index.ok().and_then(|index| roles.get(index)) {
            value.set(*role);
        }
    };
    view! {
        <label class="label" for=id>{t(|l| td_string!(l, people.role))}</label>
        <select id=id class="field" data-testid=id on:change=choose>{options.collect_view()}</select>
    }
}
