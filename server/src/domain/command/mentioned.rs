//! The members whom a text mentions.

use confab_shared::{
    id::UserId,
    markdown::{may_hide_mentions, mentions_in_prose},
    mentions::{HERE, Mention, mentions},
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
    /// Reads a text. Only one that may have code or an address beside a sign of mentions is parsed: they mention nobody.
    pub(super) fn of(text: &MessageText) -> Self {
        if may_hide_mentions(text.as_str()) {
            let keys = |names: Vec<String>| names.iter().map(|name| name_key(name)).collect();
            return Self { keys: mentions_in_prose(text.as_str()).into_iter().map(keys).collect() };
        }
        let keys = |mention: Mention<'_>| mention.names.into_iter().map(name_key).collect();
        Self { keys: mentions(text.as_str()).map(keys).collect() }
    }

    pub(super) fn keys(&self) -> &[Vec<String>] {
        &self.keys
    }

    /// Whether the text mentions many by a word that is no name: in one place at least, no longer name is a member's.
    pub(super) fn has_word(&self, word: &str, loaded: &Loaded<'_>, members: &Audience) -> bool {
        self.keys.iter().any(|keys| {
            let meant = keys.iter().find(|key| *key == word || member(loaded, members, key).is_some());
            meant.is_some_and(|key| key == word)
        })
    }

    /// Whether the text may mention those members who are online.
    pub(super) fn may_have_here(&self) -> bool {
        self.keys.iter().flatten().any(|key| key == HERE)
    }

    /// The members, sorted, each once. The longest name of a member is meant; a mention of oneself notifies nobody.
    pub(super) fn members(&self, loaded: &Loaded<'_>, members: &Audience, author: UserId) -> Vec<UserId> {
        let meant = |keys: &Vec<String>| keys.iter().find_map(|key| member(loaded, members, key));
        let mut mentioned: Vec<_> = self.keys.iter().filter_map(meant).collect();
        mentioned.retain(|user| *user != author);
        mentioned.sort_unstable();
        mentioned.dedup();
        mentioned
    }
}

/// The member of a name.
fn member(loaded: &Loaded<'_>, members: &Audience, key: &str) -> Option<UserId> {
    loaded.user(key).map(|user| user.id).filter(|user| members.contains(*user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_mentions_nobody() {
        let keys = |text: &str| MentionedNames::of(&MessageText::existing(text)).keys().concat();
        assert_eq!(keys("`@a` @Bob"), ["bob"]);
        assert_eq!(keys("```\n@a\n```\n~~~\n@b\n~~~"), [""; 0]);
        assert_eq!(keys("an open ` and @Bob"), ["bob"]);
        assert_eq!(keys("**@Bob**"), ["bob"]);
    }

    #[test]
    fn an_address_mentions_nobody() {
        let keys = |text: &str| MentionedNames::of(&MessageText::existing(text)).keys().concat();
        assert_eq!(keys("https://a.example/@b @c"), ["c"]);
        assert_eq!(keys("www.a.example/@everyone"), [""; 0]);
        assert_eq!(keys("HTTPS://a.example/@b, WWW.a.example/@b"), [""; 0]);
        assert_eq!(keys("[@b](https://a.example/@c)"), ["b"]);
    }
}
