//! Who may do what on the server. Nobody does any of it to themselves: so there is always an owner who can.

use confab_shared::user::ServerRole;

use crate::domain::refusal::Refusal;

/// What a user wants to do on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerAction {
    /// See who has an account, and what they may do.
    SeeAccounts,
    /// Invite somebody.
    Invite {
        /// What they are to be.
        role: ServerRole,
    },
    /// See and revoke the invitations of others.
    ManageInvitations,
    /// Change what another user may do.
    ChangeRole {
        /// What they are.
        from: ServerRole,
        /// What they are to be.
        to: ServerRole,
    },
    /// Deactivate and reactivate another user, reset their second factor, see and end their sessions.
    ManageAccount {
        /// What they are.
        role: ServerRole,
    },
    /// Change the server's settings.
    ChangeSettings,
}

/// Checks an action.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn check(role: ServerRole, action: ServerAction) -> Result<(), Refusal> {
    if may(role, action) { Ok(()) } else { Err(Refusal::Forbidden) }
}

/// Whether a role has an action.
pub fn may(role: ServerRole, action: ServerAction) -> bool {
    use ServerRole::{Admin, Guest, Member, Owner};
    match (role, action) {
        // An owner is made by an owner, of somebody who is there: a link may fall into other hands.
        (_, ServerAction::Invite { role: Owner }) => false,
        (Owner, _) => true,
        (Admin, ServerAction::SeeAccounts) => true,
        (Admin, ServerAction::Invite { role } | ServerAction::ManageAccount { role }) => is_below_admin(role),
        (Admin, ServerAction::ChangeRole { from, to }) => is_below_admin(from) && is_below_admin(to),
        (Admin, ServerAction::ManageInvitations | ServerAction::ChangeSettings) => false,
        (Member | Guest, _) => false,
    }
}

fn is_below_admin(role: ServerRole) -> bool {
    matches!(role, ServerRole::Member | ServerRole::Guest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table: an action, and whether an owner, an admin, a member and a guest may do it.
    fn table() -> Vec<(ServerAction, [bool; 4])> {
        use ServerAction::*;
        use ServerRole::*;
        const NOBODY: [bool; 4] = [false; 4];
        const OWNER: [bool; 4] = [true, false, false, false];
        const ADMINS: [bool; 4] = [true, true, false, false];
        vec![
            (SeeAccounts, ADMINS),
            (ManageInvitations, OWNER),
            (ChangeSettings, OWNER),
            (Invite { role: Owner }, NOBODY),
            (Invite { role: Admin }, OWNER),
            (Invite { role: Member }, ADMINS),
            (Invite { role: Guest }, ADMINS),
            (ManageAccount { role: Owner }, OWNER),
            (ManageAccount { role: Admin }, OWNER),
            (ManageAccount { role: Member }, ADMINS),
            (ManageAccount { role: Guest }, ADMINS),
            (ChangeRole { from: Owner, to: Owner }, OWNER),
            (ChangeRole { from: Owner, to: Admin }, OWNER),
            (ChangeRole { from: Owner, to: Member }, OWNER),
            (ChangeRole { from: Owner, to: Guest }, OWNER),
            (ChangeRole { from: Admin, to: Owner }, OWNER),
            (ChangeRole { from: Admin, to: Admin }, OWNER),
            (ChangeRole { from: Admin, to: Member }, OWNER),
            (ChangeRole { from: Admin, to: Guest }, OWNER),
            (ChangeRole { from: Member, to: Owner }, OWNER),
            (ChangeRole { from: Member, to: Admin }, OWNER),
            (ChangeRole { from: Member, to: Member }, ADMINS),
            (ChangeRole { from: Member, to: Guest }, ADMINS),
            (ChangeRole { from: Guest, to: Owner }, OWNER),
            (ChangeRole { from: Guest, to: Admin }, OWNER),
            (ChangeRole { from: Guest, to: Member }, ADMINS),
            (ChangeRole { from: Guest, to: Guest }, ADMINS),
        ]
    }

    #[test]
    fn each_role_does_what_the_table_says() {
        for (action, answers) in table() {
            for (role, may) in ServerRole::ALL.into_iter().zip(answers) {
                let expected = if may { Ok(()) } else { Err(Refusal::Forbidden) };
                assert_eq!(check(role, action), expected, "{role:?}: {action:?}");
            }
        }
    }
}
