//! The members whom a text mentions.

use confab_shared::{
    id::UserId,
    mentions::{Mention, mentions},
    name_key::name_key,
    text::MessageText,
};

use crate::domain::{audience::Audience, decision::Loaded};

/// The names that a text may mention.
#[derive(Clone, Debug)]
pub(super) struct MentionedNames {
    /// For each place that may mention a user, the keys of the candidate names, longest first.
    keys: Vec<Vec<String>>,
}

impl MentionedNames {
    pub(super) fn of(text: &MessageText) -> Self {
        let keys = |mention: Mention<'_>| mention.names.into_iter().map(name_key).collect();
        Self { keys: mentions(text.as_str()).map(keys).collect() }
    }

    pub(super) fn keys(&self) -> &[Vec<String>] {
        &self.keys
    }

    /// The members, sorted, each once. The longest name of a member is meant; a mention of oneself notifies nobody.
    pub(super) fn members(&self, loaded: &Loaded<'_>, members: &Audience, author: UserId) -> Vec<UserId> {
        let meant = |keys: &Vec<String>| {
            let users = keys.iter().filter_map(|key| loaded.user(key));
            users.map(|user| user.id).find(|user| members.contains(*user))
        };
        let mut mentioned: Vec<_> = self.keys.iter().filter_map(meant).collect();
        mentioned.retain(|user| *user != author);
        mentioned.sort_unstable();
        mentioned.dedup();
        mentioned
    }
}
