//! A person, in a line.

use confab_shared::api::Account;

use crate::{
    features::account::role::role_name,
    i18n::{Locale, dates, td_string},
};

/// What a line says of a person: the role, and what matters most of the rest.
pub(super) fn facts(locale: Locale, account: &Account, today: u64) -> String {
    let mut facts = vec![role_name(locale, account.role).to_owned()];
    if !account.active {
        facts.push(td_string!(locale, people.inactive).to_owned());
    }
    if account.has_second_factor {
        facts.push(td_string!(locale, second_factor.title).to_owned());
    }
    facts.extend(account.last_seen.filter(|_| account.active).map(|at| dates::last_seen(locale, at, today)));
    facts.join(" · ")
}
