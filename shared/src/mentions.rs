//! The syntax of mentions: `@mei` in a message mentions the member of that name. A text alone does not say where a name
//! ends (`@李雷你好`), so all candidates are returned; the longest that is a member's name is mentioned.

use crate::{characters::Kind, id::UserId, text::UserName};

/// The most mentions of one message; further ones are only text.
pub const MAX_MENTIONS: usize = 20;

/// The name that mentions all members: no user has it.
pub const ALL: &str = "everyone";

/// The name that mentions those members who are online: no user has it.
pub const HERE: &str = "here";

/// The most members whom [`HERE`] mentions.
pub const MAX_HERE: usize = 500;

/// Whether a user is among those whom a message of an author mentions: by name, or with all members, of whom the author is none.
#[must_use]
pub fn is_mentioned(mentions: &[UserId], author: UserId, user: UserId) -> bool {
    let among_all = || user != author && user != UserId(0) && mentions.contains(&UserId::ALL);
    mentions.contains(&user) || among_all()
}

/// The signs that begin a mention: `@` and its full-width form.
const SIGNS: [char; 2] = ['@', '＠'];

/// How many characters are looked at behind a sign: a name may be written with its accents as characters of their own.
const MAX_CHARS_READ: usize = 2 * UserName::MAX_CHARS;

/// A possible mention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention<'a> {
    /// The position of its sign, in bytes.
    pub at: usize,
    /// The candidates, as the text has them directly after the sign: longest first, at least one.
    pub names: Vec<&'a str>,
}

/// The possible mentions of a text, in their order, at most [`MAX_MENTIONS`].
///
/// A sign directly after a letter or digit of a script with spaces, or after `-`, `_` or `.`, belongs to an address
/// (`mail@bob.example`). A name ends where its word does: before white space, punctuation and pictographs, and before a
/// letter of a script without spaces; `-`, `_` and `.` belong to the word only where it goes on behind them.
///
/// A text without a sign costs one search for it. Any other is read once, and up to 64 characters of it once more for
/// each of the places.
pub fn mentions(text: &str) -> impl Iterator<Item = Mention<'_>> {
    let has_sign = text.contains(SIGNS[0]) || (!text.is_ascii() && text.contains(SIGNS[1]));
    let searched = if has_sign { text } else { "" };
    let places = searched.match_indices(SIGNS).filter_map(|(at, sign)| mention_at(text, at, sign.len()));
    places.take(MAX_MENTIONS)
}

/// The possible mention of a sign at a place in a text.
pub(crate) fn mention_at(text: &str, at: usize, sign_len: usize) -> Option<Mention<'_>> {
    if ends_in_word(&text[..at]) {
        return None;
    }
    let names = names_at_start(&text[at + sign_len..]);
    (!names.is_empty()).then_some(Mention { at, names })
}

/// Whether a text ends within a word that a sign would make an address of.
fn ends_in_word(text: &str) -> bool {
    let last = text.chars().rev().map(Kind::of).find(|kind| *kind != Kind::Mark);
    matches!(last, Some(Kind::Spaced | Kind::Joiner))
}

/// Every name that a text can begin with, the longest first.
fn names_at_start(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    // Of the last character that is no mark and no joiner.
    let mut word = Kind::Spaced;
    let mut letters = 0;
    for (at, c) in text.char_indices().take(MAX_CHARS_READ) {
        let kind = Kind::of(c);
        match kind {
            Kind::Other => break,
            Kind::Mark => {}
            Kind::Joiner => letters += 1,
            Kind::Spaced | Kind::Unspaced | Kind::Pictograph => {
                letters += 1;
                word = kind;
            }
        }
        if letters > UserName::MAX_CHARS {
            break;
        }
        let (name, rest) = text.split_at(at + c.len_utf8());
        if !goes_on(word, rest) {
            names.push(name);
        }
    }
    names.reverse();
    names
}

/// Whether a word of a kind goes on with the rest of the text.
fn goes_on(word: Kind, rest: &str) -> bool {
    let mut kinds = rest.chars().take(MAX_CHARS_READ).map(Kind::of);
    match kinds.next() {
        Some(Kind::Mark) => true,
        Some(Kind::Spaced) => word == Kind::Spaced,
        Some(Kind::Joiner) => {
            word == Kind::Spaced && kinds.find(|kind| *kind != Kind::Joiner) == Some(Kind::Spaced)
        }
        None | Some(Kind::Unspaced | Kind::Pictograph | Kind::Other) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The names that a text calls, of those whom these members have.
    fn called<'a>(text: &'a str, members: &[&str]) -> Vec<&'a str> {
        let meant = |mention: Mention<'a>| mention.names.into_iter().find(|name| members.contains(name));
        mentions(text).filter_map(meant).collect()
    }

    #[test]
    fn a_name_ends_before_punctuation_of_every_script() {
        for text in [
            "@bob，",
            "@bob：好",
            "@bob。",
            "@bob！",
            "@bob？",
            "@bob、",
            "@bob…",
            "@bob—ok",
            "@bob’s",
            "@bob's",
            "（@bob）",
            "“@bob”",
            "「@bob」",
            "@bob」",
            "@bob: hi",
            "@bob.",
            "@bob...",
            "@bob-",
            "@bob",
            "＠bob",
            "@bob\n",
            "@bob\u{a0}",
            "@bob🎉",
            "🎉@bob",
            "(@bob)",
            "@bob,@x",
            "@@bob",
            "«@bob»",
            "¿@bob?",
            "@bob؟",
        ] {
            assert_eq!(called(text, &["bob"]), ["bob"], "{text}");
        }
    }

    #[test]
    fn a_name_ends_where_a_script_without_spaces_begins() {
        for text in ["请@bob看一下", "你好@bob", "@bobさん", "@bob님", "@bobครับ", "안녕@bob", "@bob.看"]
        {
            assert_eq!(called(text, &["bob"]), ["bob"], "{text}");
        }
        for text in ["@李雷你好", "请@李雷看", "@李雷ok", "@李雷2", "@李雷，", "@李雷.ok"] {
            assert_eq!(called(text, &["李雷"]), ["李雷"], "{text}");
        }
    }

    #[test]
    fn a_word_that_goes_on_is_another_name() {
        for text in [
            "@bobcat",
            "@bob2",
            "@bobé",
            "@bobe\u{301}",
            "@bob\u{301}",
            "@bobпривет",
            "@bob.example",
            "@bob-ok",
            "@bob_x",
        ] {
            assert!(called(text, &["bob"]).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_longest_name_of_a_member_is_meant() {
        assert_eq!(called("@zoe. @zoe @zoe..", &["zoe", "zoe."]), ["zoe.", "zoe", "zoe."]);
        assert_eq!(called("@zoe. hi", &["zoe"]), ["zoe"]);
        assert_eq!(called("@bobby @bob", &["bob", "bobby"]), ["bobby", "bob"]);
        assert_eq!(called("@bob看一下", &["bob", "bob看"]), ["bob看"]);
        assert_eq!(called("@李雷雷你好", &["李雷", "李雷雷"]), ["李雷雷"]);
        assert_eq!(called("@a.b. @_x_ @🎉", &["a", "a.b", "_x_", "🎉"]), ["a.b", "_x_", "🎉"]);
    }

    #[test]
    fn a_joiner_belongs_to_the_name_that_it_stands_in() {
        let (ali, sri) = ("علی\u{200c}رضا", "ශ්\u{200d}රී");
        assert_eq!(called(&format!("سلام @{ali}، خوبی؟"), &[ali, "علی"]), [ali]);
        assert_eq!(called(&format!("@{sri}!"), &[sri]), [sri]);
        assert!(called(&format!("@{ali}"), &["علی"]).is_empty(), "the word goes on");
    }

    #[test]
    fn a_sign_within_an_address_calls_nobody() {
        for text in [
            "mail@bob.example",
            "mail@bob",
            "é@bob",
            "e\u{301}@bob",
            "7@bob",
            "a.@bob",
            "a-@bob",
            "_@bob",
            "@ bob",
            "ж@bob",
        ] {
            assert!(called(text, &["bob", "bob.example"]).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_message_calls_at_a_limited_number_of_places() {
        assert_eq!(mentions(&"@x ".repeat(50)).count(), MAX_MENTIONS);
        assert!(mentions(&format!("@{}", "x".repeat(33))).next().is_none());
        assert!(mentions(&format!("@{}", "x".repeat(16_000))).next().is_none());
        assert_eq!(called(&format!("@{}", "e\u{301}".repeat(32)), &[&"e\u{301}".repeat(32)]).len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_has_names_directly_behind_its_signs(text in "([@＠.\\-_ a李é\u{301}🎉，\u{fe0f}]|\\PC){0,80}") {
            for Mention { at, names } in mentions(&text) {
                let behind = text[at..].strip_prefix(SIGNS).unwrap();
                prop_assert!(!names.is_empty());
                prop_assert!(names.is_sorted_by_key(|name| std::cmp::Reverse(name.len())));
                for name in names {
                    prop_assert!(!name.is_empty() && behind.starts_with(name), "{name:?}");
                }
            }
        }

        #[test]
        fn every_name_that_may_be_taken_can_be_called(name in "[\\pL\\pM\\pN\\p{So}._\\-\u{200c}\u{200d}]{1,32}") {
            if let Ok(name) = UserName::new(&name) && name.may_be_taken().is_ok() {
                let text = format!("hi @{name}, ");
                prop_assert_eq!(called(&text, &[name.as_str()]), [name.as_str()]);
            }
        }
    }
}
