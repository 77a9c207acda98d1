//! The reactions of a conversation that a batch needs and changes.

use confab_shared::{
    emoji::Emoji,
    id::{Seq, UserId},
};
use rustc_hash::FxHashMap;

/// A reaction: to a message, with an emoji, of a user.
type Key = (Seq, Emoji, UserId);

/// What is loaded, and the net effect of the batch: what is removed is removed before what is added is added.
#[derive(Clone, Debug, Default)]
pub(in crate::storage::postgres) struct Reactions {
    /// How many users reacted.
    counts: FxHashMap<(Seq, Emoji), u64>,
    /// Whether a user did.
    users: FxHashMap<Key, bool>,
    /// The messages that lost all.
    pub(super) cleared: Vec<Seq>,
    /// Each changed reaction: by the event that added it, or removed.
    pub(super) changed: FxHashMap<Key, Option<Seq>>,
}

impl Reactions {
    /// So many users reacted before the batch, and a user did or not.
    pub(super) fn load(&mut self, (message, emoji, user): Key, count: u64, reacted: bool) {
        self.counts.insert((message, emoji.clone()), count);
        self.users.insert((message, emoji, user), reacted);
    }

    /// Whether a user reacted, and whether another did.
    pub(super) fn reacted(&self, message: Seq, emoji: &Emoji, user: UserId) -> (bool, bool) {
        let count = self.counts.get(&(message, emoji.clone())).copied().unwrap_or_default();
        let by_user = self.users.get(&(message, emoji.clone(), user)).copied().unwrap_or_default();
        (by_user, count > u64::from(by_user))
    }

    /// A user reacts, or no longer.
    pub(super) fn set(&mut self, (message, emoji, user): Key, event: Option<Seq>) {
        let count = self.counts.entry((message, emoji.clone())).or_default();
        *count = if event.is_some() { *count + 1 } else { count.saturating_sub(1) };
        self.users.insert((message, emoji.clone(), user), event.is_some());
        self.changed.insert((message, emoji, user), event);
    }

    /// A message loses all: it is deleted, so no later command of the batch reacts to it.
    pub(super) fn clear(&mut self, message: Seq) {
        self.changed.retain(|(changed, ..), _| *changed != message);
        self.cleared.push(message);
    }
}
