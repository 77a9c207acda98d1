//! Who is asked before others add them to a group, and who is added at once. Anybody can open a direct conversation with
//! anybody, so only people who share a conversation by choice ([`super::presence`]) have met.

use confab_shared::{
    api::Access,
    group_request::{MAX_GROUP_REQUESTS, MAX_GROUP_REQUESTS_BY_ONE},
    id::UserId,
    user::ServerRole,
};

use super::sign_in::UserKind;

/// Whether a user is asked, unless they decided it themselves: on a server where anybody may come in, guests are strangers.
pub fn asks_by_default(role: ServerRole, access: Access) -> bool {
    role == ServerRole::Guest && access == Access::Open
}

/// What decides whether a user is asked before people whom they never met add them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentSetting {
    /// What the user decided; none where they did not.
    pub chosen: Option<bool>,
    /// What they may do on the server.
    pub role: ServerRole,
    /// By which door they came.
    pub kind: UserKind,
}

impl ConsentSetting {
    /// Whether the user is asked. A user of the demo's dialect has no way to answer, and consents.
    pub fn asks(self, access: Access) -> bool {
        self.kind == UserKind::Page && self.chosen.unwrap_or_else(|| asks_by_default(self.role, access))
    }
}

/// The request to join one group that a user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// The user has not answered.
    Pending,
    /// The user declined it.
    Declined,
}

/// A user who is asked before people whom they never met add them, as the actor of a command knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedUser {
    /// The user.
    pub user: UserId,
    /// Whether the actor shares a conversation with them by choice.
    pub has_met_actor: bool,
    /// Their request to join the group; none of a new group.
    pub request: Option<RequestState>,
    /// How many requests of any group they have not answered.
    pub pending_requests: usize,
    /// How many of those the actor made: one asker leaves room for others.
    pub pending_by_actor: usize,
}

/// What becomes of a user whom a command names as a new member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admittance {
    /// They become a member at once.
    Join,
    /// They are asked.
    Invite,
    /// Nothing: they were asked already, or have too many requests. The actor does not learn which.
    PassOver,
}

impl AskedUser {
    /// What becomes of the user. A request that they declined stays, so that nobody asks again for the same group until
    /// they have met. Then they are asked: to talk to somebody takes nothing back.
    pub fn admittance(&self) -> Admittance {
        match (self.request, self.has_met_actor) {
            (None | Some(RequestState::Pending), true) => Admittance::Join,
            (None, false) | (Some(RequestState::Declined), true) if self.has_room() => Admittance::Invite,
            _ => Admittance::PassOver,
        }
    }

    /// Whether they may get another request of the actor.
    fn has_room(&self) -> bool {
        self.pending_requests < MAX_GROUP_REQUESTS && self.pending_by_actor < MAX_GROUP_REQUESTS_BY_ONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_of_an_open_server_are_asked_unless_they_decide_otherwise() {
        for role in ServerRole::ALL {
            for access in [Access::Open, Access::Accounts] {
                let asks = |kind, chosen| ConsentSetting { chosen, role, kind }.asks(access);
                let by_default = role == ServerRole::Guest && access == Access::Open;
                assert_eq!(asks(UserKind::Page, None), by_default, "{role:?} {access:?}");
                assert!(asks(UserKind::Page, Some(true)), "{role:?} {access:?}");
                assert!(!asks(UserKind::Page, Some(false)), "{role:?} {access:?}");
                for chosen in [None, Some(true)] {
                    assert!(!asks(UserKind::Dialect, chosen), "nobody could answer");
                }
            }
        }
    }

    fn asked(user: u64) -> AskedUser {
        AskedUser {
            user: UserId(user),
            has_met_actor: false,
            request: None,
            pending_requests: 0,
            pending_by_actor: 0,
        }
    }

    #[test]
    fn who_has_met_the_actor_joins_and_others_are_asked_once() {
        use Admittance::{Invite, Join, PassOver};
        let one = asked(1);
        let full = AskedUser { pending_requests: MAX_GROUP_REQUESTS, ..one };
        let almost_full = AskedUser { pending_requests: MAX_GROUP_REQUESTS - 1, ..one };
        let tired = AskedUser { pending_by_actor: MAX_GROUP_REQUESTS_BY_ONE, ..one };
        let almost_tired = AskedUser { pending_by_actor: MAX_GROUP_REQUESTS_BY_ONE - 1, ..one };
        for asked in [one, almost_full, almost_tired] {
            assert_eq!(asked.admittance(), Invite, "{asked:?}");
        }
        for asked in [full, tired] {
            assert_eq!(asked.admittance(), PassOver, "{asked:?}");
        }
        for request in [RequestState::Pending, RequestState::Declined] {
            assert_eq!(AskedUser { request: Some(request), ..one }.admittance(), PassOver);
        }
        for request in [None, Some(RequestState::Pending)] {
            let met = AskedUser { request, has_met_actor: true, ..full };
            assert_eq!(met.admittance(), Join, "meeting is an answer");
        }
    }

    #[test]
    fn who_declined_is_asked_again_once_they_have_met() {
        let one = AskedUser { request: Some(RequestState::Declined), has_met_actor: true, ..asked(1) };
        assert_eq!(one.admittance(), Admittance::Invite);
        for full in [
            AskedUser { pending_requests: MAX_GROUP_REQUESTS, ..one },
            AskedUser { pending_by_actor: MAX_GROUP_REQUESTS_BY_ONE, ..one },
        ] {
            assert_eq!(full.admittance(), Admittance::PassOver);
        }
    }
}
