//! Texts of users, a type for each kind with its limits: a value that exists is valid, or was valid when it was written.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::{Deserialize, Serialize, Serializer};

pub use self::display_name::DisplayName;
pub use crate::characters::{is_blank, turns_text};
use crate::{
    characters::{Kind, is_join_control},
    decode::Decode,
    error::ErrorCode,
};

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// White space and characters that leave no ink, and nothing else.
    #[error("There is nothing in it that can be seen: write something first.")]
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
    /// A user name with a character that names do not have.
    #[error(
        "A name has letters, digits and pictographs, and “-”, “_” and “.” between them, and nothing else."
    )]
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

/// Gives a checked text its conversions. Texts are shared, not copied.
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

/// Gives a checked text the way in for what exists already: a log keeps what was allowed when it was written.
macro_rules! existing_text {
    ($name:ident) => {
        impl $name {
            /// A text from storage or a peer: it is not checked.
            #[must_use]
            pub fn existing(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }
    };
}

mod display_name;

/// What a message says: 1 byte to 16 KiB of UTF-8, something that can be seen, no control characters but line breaks
/// and tabs. Kept as it was written, white space at the ends included.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Decode)]
#[serde(from = "String")]
pub struct MessageText(Arc<str>);

impl MessageText {
    /// The longest message, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 16 * 1024;

    /// Checks a message.
    ///
    /// # Errors
    /// [`TextError`] where it is empty, too long or holds a control character.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if shows_nothing(text) {
            return Err(TextError::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(TextError::TooLong { limit: Self::MAX_BYTES, unit: "bytes" });
        }
        // Most texts are plain. To the end, whatever is found: so many bytes are looked at together.
        let plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
        if !plain && text.chars().any(is_refused_control) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    /// Checks the text of a message that has something else to show. A blank one becomes the empty one.
    ///
    /// # Errors
    /// As [`Self::new`], but for [`TextError::Empty`].
    pub fn new_or_empty(text: &str) -> Result<Self, TextError> {
        match Self::new(text) {
            Err(TextError::Empty) => Ok(Self("".into())),
            checked => checked,
        }
    }
}
checked_text!(MessageText);
existing_text!(MessageText);

/// A group's name: 1 to 80 characters on one line, with something that can be seen. White space at the ends is dropped,
/// and so are the characters that embed, override or isolate a direction.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Decode)]
#[serde(from = "String")]
pub struct Title(Arc<str>);

impl Title {
    /// The longest title, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 80;

    /// Checks a title.
    ///
    /// # Errors
    /// [`TextError`] where it is empty, too long or holds a control character (a line break is one).
    pub fn new(text: &str) -> Result<Self, TextError> {
        Ok(Self(line(&without_direction(text), Self::MAX_CHARS)?.into()))
    }

    /// Whether a reader sees nothing of it, as of some older titles.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        shows_nothing(&self.0)
    }
}
checked_text!(Title);
existing_text!(Title);

/// A conversation's topic: 1 to 250 characters on one line, with something that can be seen. White space at the ends is
/// dropped, and so are the characters that embed, override or isolate a direction.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Decode)]
#[serde(from = "String")]
pub struct Topic(Arc<str>);

impl Topic {
    /// The longest topic, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 250;

    /// Checks a topic; none for a blank text, which removes the topic.
    ///
    /// # Errors
    /// [`TextError`] where it is too long or holds a control character (a line break is one).
    pub fn new(text: &str) -> Result<Option<Self>, TextError> {
        match line(&without_direction(text), Self::MAX_CHARS) {
            Ok(topic) => Ok(Some(Self(topic.into()))),
            Err(TextError::Empty) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
checked_text!(Topic);
existing_text!(Topic);

/// The name that a user is found by: 1 to 32 characters on one line, no spaces, no ASCII punctuation but `-`, `_` and
/// `.`, nothing invisible but a joiner between two letters; white space at the ends is dropped. What a new user may take is
/// less ([`UserName::may_be_taken`]); [`crate::name_key`] defines which names are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Decode)]
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
        let allowed = |c| is_join_control(c) || allowed_in_name(c);
        let fits = name.chars().all(allowed) && joiners_stand_between_letters(name);
        if fits { Ok(Self(name.into())) } else { Err(TextError::NotInName) }
    }

    /// Whether a user may come to have it: letters, marks, digits and pictographs of any script, `-`, `_` and `.`, so that
    /// a mention can tell where it ends; and joiners, of which the server knows where they belong. Users who came before
    /// this rule keep their names.
    ///
    /// # Errors
    /// [`TextError::NotInName`] for punctuation, spaces, invisible and unassigned characters, by general category.
    pub fn may_be_taken(&self) -> Result<(), TextError> {
        let fits = self.0.chars().all(|c| Kind::of(c) != Kind::Other);
        if fits { Ok(()) } else { Err(TextError::NotInName) }
    }
}
checked_text!(UserName);

impl TryFrom<String> for UserName {
    type Error = TextError;
    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(&text)
    }
}

/// Whether a reader sees nothing of a text. A control character is refused for another reason.
#[must_use]
pub fn shows_nothing(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_blank(c))
}

/// A control character that no text may have.
fn is_refused_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t')
}

/// What can be kept of a text from elsewhere: every kind of line end becomes `\n`, and control characters that a message
/// would be refused for are dropped.
#[must_use]
pub fn without_controls(text: &str) -> Cow<'_, str> {
    let line_end = |c| matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
    if !text.contains(|c| line_end(c) || is_refused_control(c)) {
        return text.into();
    }
    let text = text.replace("\r\n", "\n").replace(line_end, "\n");
    text.chars().filter(|c| !is_refused_control(*c)).collect::<String>().into()
}

/// A text without the characters that embed, override or isolate a direction.
fn without_direction(text: &str) -> Cow<'_, str> {
    match text.contains(turns_text) {
        true => text.chars().filter(|c| !turns_text(*c)).collect::<String>().into(),
        false => text.into(),
    }
}

/// One line of text: trimmed, with something to see, at most `max` characters, no control characters.
fn line(text: &str, max: usize) -> Result<&str, TextError> {
    let text = text.trim();
    if shows_nothing(text) {
        return Err(TextError::Empty);
    }
    if text.chars().nth(max).is_some() {
        return Err(TextError::TooLong { limit: max, unit: "characters" });
    }
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return Err(TextError::ControlCharacter);
    }
    Ok(text)
}

/// Whether every joiner has something beside it, on both sides, that it could join: no ASCII and no other joiner.
fn joiners_stand_between_letters(name: &str) -> bool {
    let joinable = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_join_control(c));
    name.match_indices(is_join_control).all(|(at, joiner)| {
        let (before, behind) = (&name[..at], &name[at + joiner.len()..]);
        joinable(before.chars().next_back()) && joinable(behind.chars().next())
    })
}

/// No spaces, no ASCII punctuation but three, and none of the invisible characters that make two names look alike.
fn allowed_in_name(c: char) -> bool {
    let invisible = matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}');
    let punctuation = c.is_ascii_punctuation() && !matches!(c, '-' | '_' | '.');
    !c.is_whitespace() && !punctuation && !invisible
}

#[cfg(test)]
mod tests;
