//! The roles of a server: their names, and who sees the administration.

use confab_shared::user::ServerRole;

use crate::i18n::{Locale, td_string};

/// The name of a role.
pub(crate) fn role_name(locale: Locale, role: ServerRole) -> &'static str {
    match role {
        ServerRole::Owner => td_string!(locale, roles.owner),
        ServerRole::Admin => td_string!(locale, roles.admin),
        ServerRole::Member => td_string!(locale, roles.member),
        ServerRole::Guest => td_string!(locale, roles.guest),
    }
}

/// Whether somebody of this role has a use for the administration.
pub(crate) fn administers(role: ServerRole) -> bool {
    matches!(role, ServerRole::Owner | ServerRole::Admin)
}
