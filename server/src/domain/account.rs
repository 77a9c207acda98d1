//! Accounts: who may make one, and what may be changed about it.

use confab_shared::{
    api::{Access, AccountChange},
    id::{Timestamp, UserId},
    user::ServerRole,
};

use super::{
    permission::server::{self, ServerAction},
    refusal::Refusal,
    sign_in::{self, NameState, Proof, SignInDecision},
};

/// What a user is on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they may do.
    pub role: ServerRole,
    /// Whether they may sign in.
    pub active: bool,
}

/// By what somebody makes an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Anybody may make one.
    Registration,
    /// The secret of the set-up link.
    Setup {
        /// Whether there is an owner by now.
        has_owner: bool,
        /// How many may still come by it.
        uses_left: u32,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// The secret of an invitation.
    Invitation(InvitationState),
    /// A secret of none of them.
    UnknownToken,
    /// No secret, where one is needed.
    Closed,
}

/// What is known of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvitationState {
    /// What those who come by it are.
    pub role: ServerRole,
    /// How many may still come by it.
    pub uses_left: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The one who invites, as they are now.
    pub by: Standing,
}

impl InvitationState {
    /// Whether somebody may come by it: the one who invites must still be allowed to.
    pub fn is_valid(&self, at: Timestamp) -> bool {
        let may_invite =
            self.by.active && server::may(self.by.role, ServerAction::Invite { role: self.role });
        self.uses_left > 0 && at < self.expires_at && may_invite
    }
}

impl Door {
    /// What those who come by it now are; none where it is closed.
    pub fn opens_to(&self, at: Timestamp) -> Option<ServerRole> {
        match *self {
            Self::Registration => Some(ServerRole::Member),
            Self::Setup { has_owner: false, uses_left: 1.., expires_at } if at < expires_at => {
                Some(ServerRole::Owner)
            }
            Self::Invitation(invitation) if invitation.is_valid(at) => Some(invitation.role),
            Self::Setup { .. } | Self::Invitation(_) | Self::UnknownToken | Self::Closed => None,
        }
    }
}

/// The decision on a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewAccountDecision {
    /// It is made.
    Make(ServerRole),
    /// Somebody has the name.
    NameTaken,
    /// The secret opens nothing (any more).
    BadInvitation,
    /// An invitation is needed.
    Closed,
}

/// Decides on a new account. The door comes first: who has none learns nothing about names.
pub fn decide_new(name: &NameState, door: Door, at: Timestamp) -> NewAccountDecision {
    let role = match (door.opens_to(at), door) {
        (Some(role), _) => role,
        (None, Door::Closed) => return NewAccountDecision::Closed,
        (None, _) => return NewAccountDecision::BadInvitation,
    };
    match sign_in::decide(Access::Open, name, &Proof::Nothing) {
        SignInDecision::Claim => NewAccountDecision::Make(role),
        _ => NewAccountDecision::NameTaken,
    }
}

/// Who changes an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Whoever runs the server, by its command line.
    Operator,
    /// A user, as they are now.
    User(UserId, Standing),
}

/// Decides on a change of an account: answers what the user is then.
///
/// # Errors
/// [`Refusal::Forbidden`].
pub fn decide_change(
    actor: Actor,
    target: UserId,
    before: Standing,
    change: &AccountChange,
) -> Result<Standing, Refusal> {
    let after =
        Standing { role: change.role.unwrap_or(before.role), active: change.active.unwrap_or(before.active) };
    let Actor::User(user, Standing { role, active }) = actor else { return Ok(after) };
    if user == target || !active {
        return Err(Refusal::Forbidden);
    }
    if after.role != before.role {
        server::check(role, ServerAction::ChangeRole { from: before.role, to: after.role })?;
    }
    if after.active != before.active || change.reset_second_factor {
        server::check(role, ServerAction::ManageAccount { role: before.role })?;
    }
    server::check(role, ServerAction::SeeAccounts)?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_000);

    fn standing(role: ServerRole) -> Standing {
        Standing { role, active: true }
    }

    fn invitation() -> InvitationState {
        InvitationState {
            role: ServerRole::Member,
            uses_left: 1,
            expires_at: Timestamp(1_001),
            by: standing(ServerRole::Admin),
        }
    }

    #[test]
    fn an_account_is_made_through_a_door_that_is_open() {
        use NewAccountDecision::{BadInvitation, Closed, Make};
        let setup = |has_owner, uses_left, expires_at| Door::Setup {
            has_owner,
            uses_left,
            expires_at: Timestamp(expires_at),
        };
        let by = |role, active| InvitationState { by: Standing { role, active }, ..invitation() };
        for (door, decision) in [
            (Door::Registration, Make(ServerRole::Member)),
            (Door::Closed, Closed),
            (Door::UnknownToken, BadInvitation),
            (setup(false, 1, 1_001), Make(ServerRole::Owner)),
            (setup(true, 1, 1_001), BadInvitation),
            (setup(false, 0, 1_001), BadInvitation),
            (setup(false, 1, 1_000), BadInvitation),
            (Door::Invitation(invitation()), Make(ServerRole::Member)),
            (Door::Invitation(InvitationState { uses_left: 0, ..invitation() }), BadInvitation),
            (Door::Invitation(InvitationState { expires_at: AT, ..invitation() }), BadInvitation),
            (Door::Invitation(by(ServerRole::Owner, true)), Make(ServerRole::Member)),
            // Who may not invite any more has not invited.
            (Door::Invitation(by(ServerRole::Member, true)), BadInvitation),
            (Door::Invitation(by(ServerRole::Admin, false)), BadInvitation),
            (Door::Invitation(InvitationState { role: ServerRole::Admin, ..invitation() }), BadInvitation),
        ] {
            assert_eq!(decide_new(&NameState::Free, door, AT), decision, "{door:?}");
        }
    }

    #[test]
    fn a_name_is_told_to_be_taken_only_to_who_may_come_in() {
        let taken = NameState::LooksTaken;
        assert_eq!(decide_new(&taken, Door::Registration, AT), NewAccountDecision::NameTaken);
        assert_eq!(decide_new(&taken, Door::Closed, AT), NewAccountDecision::Closed);
        assert_eq!(decide_new(&taken, Door::UnknownToken, AT), NewAccountDecision::BadInvitation);
    }

    #[test]
    fn an_account_is_changed_by_who_may_and_never_by_oneself() {
        use ServerRole::{Admin, Guest, Member, Owner};
        let (one, other) = (UserId(1), UserId(2));
        let change = |role| AccountChange { role: Some(role), ..AccountChange::default() };
        let deactivate = AccountChange { active: Some(false), ..AccountChange::default() };
        let reset = AccountChange { reset_second_factor: true, ..AccountChange::default() };
        let decide = |actor, before, change: &AccountChange| {
            decide_change(Actor::User(one, standing(actor)), other, standing(before), change)
        };
        assert_eq!(decide(Owner, Member, &change(Owner)), Ok(standing(Owner)));
        assert_eq!(decide(Admin, Member, &change(Guest)), Ok(standing(Guest)));
        assert_eq!(decide(Admin, Member, &change(Admin)), Err(Refusal::Forbidden));
        assert_eq!(decide(Admin, Admin, &deactivate), Err(Refusal::Forbidden));
        assert_eq!(decide(Admin, Guest, &deactivate), Ok(Standing { role: Guest, active: false }));
        assert_eq!(decide(Admin, Owner, &reset), Err(Refusal::Forbidden));
        assert_eq!(decide(Owner, Admin, &reset), Ok(standing(Admin)));
        for role in [Member, Guest] {
            assert_eq!(decide(role, Guest, &AccountChange::default()), Err(Refusal::Forbidden));
        }
        let own = Actor::User(one, standing(Owner));
        assert_eq!(decide_change(own, one, standing(Owner), &change(Member)), Err(Refusal::Forbidden));
        let gone = Actor::User(one, Standing { role: Owner, active: false });
        assert_eq!(decide_change(gone, other, standing(Member), &deactivate), Err(Refusal::Forbidden));
        assert_eq!(decide_change(Actor::Operator, one, standing(Guest), &change(Owner)), Ok(standing(Owner)));
    }
}
