//! Text that people write, each kind with its limits in its type: a value that exists is a value that is allowed.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize, Serializer};

use crate::protocol::ErrorCode;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing is left once white space at both ends is taken away.
    #[error("There is nothing in it: write something first.")]
    Empty,
    /// More than the limit, in the unit that the type states.
    #[error("It is too long: at most {limit} {unit} are allowed.")]
    TooLong {
        /// How many are allowed.
        limit: usize,
        /// Of what: characters or bytes.
        unit: &'static str,
    },
    /// A control character other than a line break or a tab.
    #[error("It contains a control character that cannot be shown.")]
    ControlCharacter,
    /// A user name with a character outside of those that [`UserName`] allows.
    #[error("A name has no spaces and no punctuation but “-”, “_” and “.”.")]
    NotInName,
}

impl TextError {
    /// The stable code that goes over the wire.
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::Empty => ErrorCode::TextEmpty,
            Self::TooLong { .. } => ErrorCode::TextTooLong,
            Self::ControlCharacter => ErrorCode::TextControlCharacter,
            Self::NotInName => ErrorCode::BadName,
        }
    }
}

/// Gives a checked text its conversions, so that serde refuses what `new` refuses. Texts are shared, not copied.
macro_rules! checked_text {
    ($name:ident) => {
        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> String {
                text.as_str().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

/// What a message says: 1 byte to 16 KiB of UTF-8, more than white space, no control characters but line breaks
/// and tabs. Kept as it was written, white space at the ends included.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct MessageText(Arc<str>);

impl MessageText {
    /// The longest message, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Checks a message.
    ///
    /// # Errors
    /// [`TextError`] where it is empty, too long or holds a control character.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.trim_start().is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(TextError::TooLong { limit: Self::MAX_BYTES, unit: "bytes" });
        }
        // Most texts are plain. To the end, whatever is found: so many bytes are looked at together.
        let plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
        if !plain && text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }
}
checked_text!(MessageText);

/// A group's name: 1 to 80 characters on one line; white space at the ends is dropped.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Title(Arc<str>);

impl Title {
    /// The longest title, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 80;

    /// Checks a title.
    ///
    /// # Errors
    /// [`TextError`] where it is empty, too long or holds a control character (a line break is one).
    pub fn new(text: &str) -> Result<Self, TextError> {
        Ok(Self(line(text, Self::MAX_CHARS)?.into()))
    }
}
checked_text!(Title);

/// The name that a user is found by: 1 to 32 characters, letters and digits of any script with `-`, `_` and `.`;
/// white space at the ends is dropped. Which names count as the same is the server's to say.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct UserName(Arc<str>);

impl UserName {
    /// The longest name, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 32;

    /// Checks a name.
    ///
    /// # Errors
    /// [`TextError`] where it is empty, too long, or holds a character that no name may have.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let name = line(text, Self::MAX_CHARS)?;
        if name.chars().all(allowed_in_name) { Ok(Self(name.into())) } else { Err(TextError::NotInName) }
    }
}
checked_text!(UserName);

/// One line of text: trimmed, not empty, at most `max` characters, no control characters.
fn line(text: &str, max: usize) -> Result<&str, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().nth(max).is_some() {
        return Err(TextError::TooLong { limit: max, unit: "characters" });
    }
    if text.chars().any(char::is_control) {
        return Err(TextError::ControlCharacter);
    }
    Ok(text)
}

/// No spaces, no ASCII punctuation but three, and none of the invisible characters that make two names look alike.
pub(crate) fn allowed_in_name(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}');
    let punctuation = c.is_ascii_punctuation() && !matches!(c, '-' | '_' | '.');
    !c.is_whitespace() && !punctuation && !invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_what_was_written() {
        assert_eq!(MessageText::new(" 你好\n\tthere ").unwrap().as_str(), " 你好\n\tthere ");
    }

    #[test]
    fn a_message_has_limits() {
        assert_eq!(MessageText::new(" \n\u{3000}"), Err(TextError::Empty));
        assert_eq!(MessageText::new("a\u{0}b"), Err(TextError::ControlCharacter));
        assert_eq!(MessageText::new("a\u{1b}[31m"), Err(TextError::ControlCharacter));
        assert!(MessageText::new(&"x".repeat(MessageText::MAX_BYTES)).is_ok());
        assert_eq!(
            MessageText::new(&"x".repeat(MessageText::MAX_BYTES + 1)).unwrap_err().code(),
            ErrorCode::TextTooLong
        );
    }

    #[test]
    fn names_of_every_script_but_no_look_alikes() {
        for good in ["123", "mei", "李雷", "Król", " padded ", "a-b_c.d", "नमस्ते", "🎉"] {
            assert!(UserName::new(good).is_ok(), "{good:?}");
        }
        for bad in ["", "  ", "two words", "a\u{200b}b", "a\u{202e}b", "<b>", "@mei", "a/b", "tab\there"] {
            assert!(UserName::new(bad).is_err(), "{bad:?}");
        }
        assert!(UserName::new(&"名".repeat(32)).is_ok());
        assert_eq!(UserName::new(&"x".repeat(300)).unwrap_err().code(), ErrorCode::TextTooLong);
    }

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(Title::new(" Weekend trip ").unwrap().as_str(), "Weekend trip");
        assert_eq!(Title::new("a\nb"), Err(TextError::ControlCharacter));
    }

    #[test]
    fn serde_refuses_what_new_refuses() {
        assert!(serde_json::from_str::<UserName>(r#""two words""#).is_err());
        assert!(serde_json::from_str::<MessageText>(r#""""#).is_err());
    }
}
