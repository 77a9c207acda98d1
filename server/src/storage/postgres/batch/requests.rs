//! The requests to join groups that a batch needs, and what it changes about them.

use std::{collections::BTreeMap, ops::Bound::Included};

use confab_shared::id::{ConversationId, Timestamp, UserId};

use crate::domain::consent::RequestState;

/// Who asked, and when.
type NewRequest = (UserId, Timestamp);

/// The requests that were loaded, as the batch has them so far, and the net effect on those that are stored.
#[derive(Clone, Debug, Default)]
pub(in crate::storage::postgres) struct Requests {
    known: BTreeMap<(UserId, ConversationId), (UserId, RequestState)>,
    /// The groups whose last member left: all their requests end, before the others change.
    pub(super) ended: Vec<ConversationId>,
    /// The requests that end, and those of them that are made (again).
    pub(super) changed: BTreeMap<(UserId, ConversationId), Option<NewRequest>>,
}

impl Requests {
    /// Takes in a request that is stored, and who made it.
    pub(super) fn load(&mut self, user: UserId, group: ConversationId, by: UserId, state: RequestState) {
        self.known.insert((user, group), (by, state));
    }

    /// A request, where it was loaded.
    pub(super) fn state(&self, user: UserId, group: ConversationId) -> Option<RequestState> {
        self.known.get(&(user, group)).map(|(_, state)| *state)
    }

    /// Who made each request that a user has not answered, where those were loaded.
    pub(super) fn pending(&self, user: UserId) -> impl Iterator<Item = UserId> {
        let own = (Included((user, ConversationId(0))), Included((user, ConversationId(u64::MAX))));
        let own = self.known.range(own).map(|(_, request)| request);
        own.filter(|(_, state)| *state == RequestState::Pending).map(|(by, _)| *by)
    }

    /// Users without a request to join a group, or who declined one, have one.
    pub(super) fn invite(&mut self, users: &[UserId], group: ConversationId, new: NewRequest) {
        for user in users {
            self.known.insert((*user, group), (new.0, RequestState::Pending));
            self.changed.insert((*user, group), Some(new));
        }
    }

    /// The requests of users to join a group end.
    pub(super) fn end(&mut self, users: &[UserId], group: ConversationId) {
        for user in users {
            self.known.remove(&(*user, group));
            self.changed.insert((*user, group), None);
        }
    }

    /// All requests to join a group end.
    pub(super) fn end_all(&mut self, group: ConversationId) {
        self.known.retain(|(_, of), _| *of != group);
        self.changed.retain(|(_, of), _| *of != group);
        self.ended.push(group);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_requests_are_counted_as_the_batch_changes_them() {
        let (ada, group) = (UserId(2), ConversationId);
        let mut requests = Requests::default();
        requests.load(ada, group(5), UserId(8), RequestState::Pending);
        requests.load(ada, group(6), UserId(9), RequestState::Declined);
        requests.load(UserId(1), group(5), UserId(8), RequestState::Pending);
        requests.load(UserId(3), group(7), UserId(8), RequestState::Pending);
        let pending = |requests: &Requests, user| requests.pending(user).map(|by| by.0).collect::<Vec<_>>();
        assert_eq!((pending(&requests, ada), pending(&requests, UserId(4))), (vec![8], vec![]));
        let new = (UserId(1), Timestamp(1));
        requests.invite(&[ada, UserId(4)], group(7), new);
        assert_eq!((pending(&requests, ada), pending(&requests, UserId(4))), (vec![8, 1], vec![1]));
        requests.end(&[ada], group(5));
        requests.end_all(group(7));
        for user in [ada, UserId(3), UserId(4)] {
            assert_eq!(pending(&requests, user), Vec::<u64>::new());
        }
        assert_eq!(requests.state(ada, group(6)), Some(RequestState::Declined));
        assert_eq!(requests.ended, [group(7)]);
        assert_eq!(
            requests.changed,
            BTreeMap::from([((ada, group(5)), None)]),
            "nothing is made in what ends"
        );
    }
}
