//! Who is mentioned.

use super::word::Sign;
use crate::{id::UserId, text::UserName};

/// Who is mentioned by a sign: called with the text, the position of the sign and its length, in bytes. Answers how many bytes
/// behind the sign the name has, and whose it is.
pub type Mentioned<'m> = dyn Fn(&str, usize, usize) -> Option<(usize, UserId)> + 'm;

/// How many characters a name may have as it is written.
const MAX_CHARS: usize = 2 * UserName::MAX_CHARS;

/// Finds which of some users a sign mentions, for clients, which know from the server whom a message mentions. `people` are
/// users by the keys of their names, and `key` makes a key of a name.
///
/// It agrees with [`mentions`](crate::mentions::mentions) on the names that people have, and needs no tables.
#[must_use]
pub fn mentioned_by_name(
    people: &[(String, UserId)],
    key: &dyn Fn(&str) -> String,
    (text, at, sign_len): (&str, usize, usize),
) -> Option<(usize, UserId)> {
    // A sign within a word, of which a mark is a part, belongs to an address.
    let before = text.get(..at)?.chars().rev().find(|c| !is_mark(*c));
    if people.is_empty() || before.is_some_and(|c| Sign::of(c) == Sign::Spaced || is_joiner(c)) {
        return None;
    }
    let rest = text.get(at + sign_len..)?;
    let mut found = None;
    for (index, c) in rest.char_indices().take(MAX_CHARS) {
        let end = index + c.len_utf8();
        match Sign::of(c) {
            Sign::Space => break,
            Sign::Punctuation if !is_joiner(c) => break,
            _ => {}
        }
        let (name, behind) = rest.split_at(end);
        if goes_on(name, behind) {
            continue;
        }
        let name = key(name);
        if let Some((_, user)) = people.iter().find(|(of, _)| *of == name) {
            found = Some((end, *user));
        }
    }
    found
}

/// Whether the word that a name ends with goes on.
fn goes_on(name: &str, behind: &str) -> bool {
    let last = name.chars().rev().find(|c| !is_joiner(*c) && !is_mark(*c));
    let is_word = last.is_some_and(|c| Sign::of(c) == Sign::Spaced);
    let next = behind.chars().next();
    if next.is_some_and(is_mark) {
        return true;
    }
    let beyond = behind.trim_start_matches(is_joiner).chars().next();
    is_word && beyond.is_some_and(|c| Sign::of(c) == Sign::Spaced)
}

fn is_joiner(c: char) -> bool {
    matches!(c, '-' | '_' | '.')
}

/// Whether a character changes the one before it.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{mentions::mentions, name_key::name_key};

    const NAMES: [&str; 9] = ["bob", "bobby", "mei", "李雷", "李雷雷", "zoe.", "_x_", "жан", "e\u{301}va"];

    fn people() -> Vec<(String, UserId)> {
        NAMES.iter().zip(1..).map(|(name, id)| (name_key(name), UserId(id))).collect()
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_syntax_of_mentions(
            text in "(@|＠|bob|Bob|by|mei|李雷|雷|zoe|_x_|жан|éva|a|看|\\.|-|_| |，|🎉|\u{301}|!|7){0,12}"
        ) {
            let people = people();
            let by_syntax: Vec<_> = mentions(&text).filter_map(|mention| {
                let sign_len = text[mention.at..].chars().next()?.len_utf8();
                let mut keys = mention.names.iter().map(|name| (name.len(), name_key(name)));
                let found = keys.find_map(|(len, key)| {
                    people.iter().find(|(of, _)| *of == key).map(|(_, user)| (len, *user))
                });
                Some((mention.at, sign_len, found?))
            }).collect();
            let by_name: Vec<_> = text.match_indices(['@', '＠']).filter_map(|(at, sign)| {
                let found = mentioned_by_name(&people, &name_key, (&text, at, sign.len()));
                Some((at, sign.len(), found?))
            }).collect();
            prop_assert_eq!(by_name, by_syntax);
        }
    }
}
