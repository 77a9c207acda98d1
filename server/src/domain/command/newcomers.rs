//! The users whom a command names as new members of a group.

use confab_shared::{
    event::{Invited, Joined},
    name_key::name_key,
    text::UserName,
    user::User,
};

use crate::domain::{
    consent::{Admittance, AskedUser},
    decision::{Append, Change, Loaded},
    refusal::Refusal,
};

/// About how many bytes a member makes a backend write: their row in the index of their conversations has a page of its
/// own, of SQLite's size.
const MEMBER_BYTES: usize = 4 * 1024;

/// Names, and the keys that their users are found by.
#[derive(Clone, Debug)]
pub(super) struct NamedUsers {
    names: Vec<UserName>,
    keys: Vec<Vec<String>>,
}

impl NamedUsers {
    pub(super) fn new(names: Vec<UserName>) -> Self {
        let keys = names.iter().map(|name| vec![name_key(name.as_str())]).collect();
        Self { names, keys }
    }

    pub(super) fn keys(&self) -> &[Vec<String>] {
        &self.keys
    }

    /// About how many bytes it takes to make them members.
    pub(super) fn bytes(&self) -> usize {
        self.names.len() * MEMBER_BYTES
    }

    /// The users, sorted by id, each once.
    pub(super) fn resolve(&self, loaded: &Loaded<'_>) -> Result<Vec<User>, Refusal> {
        let named = self.names.iter().zip(self.keys.iter().flatten());
        let user = |(name, key): (&UserName, &String)| {
            loaded.user(key).cloned().ok_or_else(|| Refusal::UnknownUser(name.clone()))
        };
        let mut users = named.map(user).collect::<Result<Vec<_>, _>>()?;
        users.sort_unstable_by_key(|user| user.id);
        users.dedup_by_key(|user| user.id);
        Ok(users)
    }
}

/// The events with which users become members of a group, or are asked to join it: one of each kind at most.
pub(super) fn admit(users: Vec<User>, asked: &[AskedUser]) -> Vec<Append> {
    let admittance = |user: &User| {
        let asked = asked.iter().find(|asked| asked.user == user.id);
        asked.map_or(Admittance::Join, AskedUser::admittance)
    };
    let (mut joining, mut invited) = (Vec::new(), Vec::new());
    for user in users {
        match admittance(&user) {
            Admittance::Join => joining.push(user),
            Admittance::Invite => invited.push(user),
            Admittance::PassOver => {}
        }
    }
    let some = |users: Vec<User>| Some(users).filter(|users| !users.is_empty());
    some(joining).map(join).into_iter().chain(some(invited).map(invite)).collect()
}

/// The event with which users become members.
pub(super) fn join(users: Vec<User>) -> Append {
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let body = Joined { users: ids.clone() }.into();
    Append { change: Some(Change::AddMembers(ids)), users, ..Append::new(body) }
}

/// The event with which users are asked.
fn invite(users: Vec<User>) -> Append {
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let body = Invited { users: ids.clone() }.into();
    Append { change: Some(Change::Invite(ids)), users, ..Append::new(body) }
}

#[cfg(test)]
mod tests {
    use confab_shared::{event::EventBody, id::UserId};

    use super::*;
    use crate::domain::consent::RequestState;

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
    fn there_is_one_event_for_who_joins_and_one_for_who_is_asked() {
        let users = |ids: &[u64]| {
            let user = |id: &u64| User::new(UserId(*id), UserName::new(&format!("u{id}")).unwrap());
            ids.iter().map(user).collect::<Vec<_>>()
        };
        let declined = AskedUser { request: Some(RequestState::Declined), ..asked(4) };
        let met = AskedUser { has_met_actor: true, ..asked(2) };
        let bodies = |ids: &[u64]| -> Vec<EventBody> {
            admit(users(ids), &[asked(3), declined, met]).into_iter().map(|event| event.body).collect()
        };
        let joined = |ids: &[u64]| Joined { users: ids.iter().copied().map(UserId).collect() }.into();
        let invited = Invited { users: vec![UserId(3)] };
        assert_eq!(bodies(&[1, 2, 3, 4]), [joined(&[1, 2]), invited.clone().into()]);
        assert_eq!(bodies(&[1]), [joined(&[1])]);
        assert_eq!(bodies(&[3, 4]), [invited.into()]);
        assert_eq!(bodies(&[4]), []);
    }
}
