//! What the page offers to the roles. The server decides by its own table, `domain::permission`.

use confab_shared::{
    id::UserId,
    user::ServerRole::{self, Admin, Guest, Member, Owner},
};

/// The roles that somebody may invite people as, the usual one first.
pub(super) fn invited_roles(role: ServerRole) -> &'static [ServerRole] {
    match role {
        Owner => &[Member, Guest, Admin],
        Admin => &[Member, Guest],
        Member | Guest => &[],
    }
}

/// The roles that somebody may give to somebody else; none where they may not change that person at all.
pub(super) fn given_roles(me: (UserId, ServerRole), other: (UserId, ServerRole)) -> &'static [ServerRole] {
    match (me.1, other.1) {
        _ if me.0 == other.0 => &[],
        (Owner, _) => &ServerRole::ALL,
        (Admin, Member | Guest) => &[Member, Guest],
        _ => &[],
    }
}

/// Whether somebody may change somebody else: deactivate them, end their sessions, reset their second factor.
pub(super) fn may_change(me: (UserId, ServerRole), other: (UserId, ServerRole)) -> bool {
    !given_roles(me, other).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: UserId = UserId(1);
    const OTHER: UserId = UserId(2);

    #[test]
    fn an_owner_gives_every_role_to_everybody_else() {
        for role in ServerRole::ALL {
            assert_eq!(given_roles((ME, Owner), (OTHER, role)), ServerRole::ALL);
        }
    }

    #[test]
    fn an_admin_changes_members_and_guests_only() {
        for role in [Member, Guest] {
            assert_eq!(given_roles((ME, Admin), (OTHER, role)), [Member, Guest]);
        }
        for role in [Owner, Admin] {
            assert!(!may_change((ME, Admin), (OTHER, role)), "{role:?}");
        }
        assert!(!invited_roles(Admin).contains(&Admin) && invited_roles(Owner).contains(&Admin));
    }

    #[test]
    fn nobody_changes_themselves_and_others_change_nobody() {
        for role in ServerRole::ALL {
            assert!(!may_change((ME, role), (ME, role)), "{role:?}");
            assert!(!may_change((ME, Member), (OTHER, role)) && !may_change((ME, Guest), (OTHER, role)));
        }
        assert!(invited_roles(Member).is_empty() && invited_roles(Guest).is_empty());
    }

    #[test]
    fn nobody_is_invited_as_the_owner() {
        assert!(ServerRole::ALL.iter().all(|role| !invited_roles(*role).contains(&Owner)));
    }
}
