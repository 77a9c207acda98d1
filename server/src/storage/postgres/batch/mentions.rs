//! What a batch changes about the mentions of a conversation's members.

use std::collections::BTreeMap;

use confab_shared::id::{Seq, UserId};
use rustc_hash::FxHashMap;

/// The net effect: what is removed is removed before what is added is added.
#[derive(Clone, Debug, Default)]
pub(in crate::storage::postgres) struct MentionChanges {
    /// Mentions of users by messages.
    pub(super) removed: Vec<(UserId, Seq)>,
    /// All mentions of users who left, by events up to these.
    pub(super) left: FxHashMap<UserId, Seq>,
    /// Mentions of users by messages, and the events that mention them, with their authors.
    pub(super) added: BTreeMap<(UserId, Seq), (Seq, UserId)>,
}

impl MentionChanges {
    /// A message mentions users since an event of an author: itself or an edit.
    pub(super) fn add(&mut self, users: &[UserId], message: Seq, event: Seq, author: UserId) {
        self.added.extend(users.iter().map(|user| ((*user, message), (event, author))));
    }

    /// A message does not mention users any more.
    pub(super) fn remove(&mut self, users: &[UserId], message: Seq) {
        for user in users {
            self.added.remove(&(*user, message));
            self.removed.push((*user, message));
        }
    }

    /// A user left by an event.
    pub(super) fn leave(&mut self, user: UserId, event: Seq) {
        self.added.retain(|(mentioned, _), (by, _)| *mentioned != user || *by > event);
        let left = self.left.entry(user).or_default();
        *left = event.max(*left);
    }
}
