//! What a batch changes about the unread mentions of a conversation.

use std::collections::BTreeMap;

use confab_shared::id::{Seq, UserId};
use rustc_hash::FxHashMap;

/// The net effect: what is removed is removed before what is added is added.
#[derive(Clone, Debug, Default)]
pub(in crate::storage::postgres) struct MentionChanges {
    /// Mentions of users by messages.
    pub(super) removed: Vec<(UserId, Seq)>,
    /// All mentions of users by events up to these.
    pub(super) read: FxHashMap<UserId, Seq>,
    /// Mentions of users by messages, and the events that mention them.
    pub(super) added: BTreeMap<(UserId, Seq), Seq>,
}

impl MentionChanges {
    /// A message mentions users since an event: itself or an edit.
    pub(super) fn add(&mut self, users: &[UserId], message: Seq, event: Seq) {
        self.added.extend(users.iter().map(|user| ((*user, message), event)));
    }

    /// A message does not mention users any more.
    pub(super) fn remove(&mut self, users: &[UserId], message: Seq) {
        for user in users {
            self.added.remove(&(*user, message));
            self.removed.push((*user, message));
        }
    }

    /// A user has read up to an event.
    pub(super) fn read(&mut self, user: UserId, event: Seq) {
        self.added.retain(|(mentioned, _), by| *mentioned != user || *by > event);
        let read = self.read.entry(user).or_default();
        *read = event.max(*read);
    }
}
