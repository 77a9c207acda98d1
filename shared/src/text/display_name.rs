//! The name that a user is shown with, beside the unique one.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize, Serializer};

use super::{TextError, line};
use crate::{
    characters::{is_blank, is_join_control},
    decode::Decode,
};

/// A user's display name: 1 to 64 characters on one line, with something that can be seen. Words are separated by one space
/// each; characters that leave no ink are dropped, but for those that join or change what stands beside them (`👩‍💻`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Decode)]
#[serde(from = "String")]
pub struct DisplayName(Arc<str>);

impl DisplayName {
    /// The longest display name, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 64;

    /// Checks a display name; none for a blank text, which removes it.
    ///
    /// # Errors
    /// [`TextError`] where it is too long or holds a control character (a line break is one).
    pub fn new(text: &str) -> Result<Option<Self>, TextError> {
        let text = without_blanks(text);
        // Spaces of any width, and many in a row, would be seen as one or as none.
        let text = text.trim().split(is_space).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        match line(&text, Self::MAX_CHARS) {
            Ok(name) => Ok(Some(Self(name.into()))),
            Err(TextError::Empty) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
checked_text!(DisplayName);
existing_text!(DisplayName);

/// A text without the characters that leave no ink. A joiner stays between two that do, as in a [`super::UserName`], and a
/// variation selector behind one.
fn without_blanks(text: &str) -> String {
    let can_join = |c: char| !c.is_ascii() && !c.is_whitespace();
    let mut kept = String::with_capacity(text.len());
    let mut joiner = None;
    for c in text.chars() {
        let before = kept.chars().next_back();
        if is_join_control(c) {
            joiner = joiner.or(Some(c)).filter(|_| before.is_some_and(can_join));
        } else if is_variation_selector(c) {
            kept.extend(before.filter(|b| !b.is_whitespace() && !is_variation_selector(*b)).map(|_| c));
        } else if !is_blank(c) {
            kept.extend(joiner.take().filter(|_| can_join(c)));
            kept.push(c);
        }
    }
    kept
}

/// Whether a character says in which of its forms the one before it is shown.
fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// White space that a line may have: line breaks and tabs are control characters.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<Option<String>, TextError> {
        DisplayName::new(text).map(|name| name.map(String::from))
    }

    #[test]
    fn a_display_name_is_a_line_that_can_be_seen() {
        for (text, kept) in [
            (" Mei Ling ", "Mei Ling"),
            ("Mei\u{2009}\u{3000} Ling", "Mei Ling"),
            ("\u{202e}Mei\u{202c}", "Mei"),
            ("李雷", "李雷"),
            ("O’Neill, Anna (Vienna)", "O’Neill, Anna (Vienna)"),
            ("👩\u{200d}💻 Ada", "👩\u{200d}💻 Ada"),
            ("❤\u{fe0f}\u{200d}🔥\u{fe0f}", "❤\u{fe0f}\u{200d}🔥\u{fe0f}"),
            ("علی\u{200c}رضا", "علی\u{200c}رضا"),
            ("\u{3164}Mei\u{3164}", "Mei"),
            ("M\u{200b}e\u{2800}i\u{ad}", "Mei"),
            ("M\u{200c}ei\u{200d}", "Mei"),
            ("李\u{200d}\u{3164}\u{200c}雷\u{200d} \u{200d}", "李\u{200d}雷"),
            ("\u{fe0f}Mei \u{fe0f}\u{e0061}", "Mei"),
        ] {
            assert_eq!(checked(text), Ok(Some(kept.to_owned())), "{text:?}");
        }
        for blank in ["", "  ", "\u{200b}\u{3164}", "\u{202e}\u{2800}"] {
            assert_eq!(checked(blank), Ok(None), "{blank:?}");
        }
        for broken in ["a\nb", "a\tb", "a\u{7}", "a\u{2028}b"] {
            assert_eq!(checked(broken), Err(TextError::ControlCharacter), "{broken:?}");
        }
    }

    #[test]
    fn it_has_at_most_64_characters() {
        assert!(checked(&"é".repeat(64)).is_ok());
        assert_eq!(checked(&"a".repeat(65)), Err(TextError::TooLong { limit: 64, unit: "characters" }));
    }

    #[test]
    fn what_is_stored_is_read_without_checks() {
        let long = "a".repeat(99);
        assert_eq!(DisplayName::existing(&long).as_str(), long);
    }
}
