//! How single values are read from a tree of JSON.

use confab_shared::{
    api::Access,
    ids::{ClientId, ConversationId, Seq, Timestamp, UserId},
    model::ConversationKind,
    protocol::ErrorCode,
    text::{MessageText, Title, UserName},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

/// What can be read from a tree.
pub(crate) trait Read: Sized {
    /// Reads it; none where the tree is not of it.
    fn read(value: &Value) -> Option<Self>;
}

/// Reads a field; one that is missing reads as null.
pub(crate) fn field<T: Read>(record: &Value, name: &str) -> Option<T> {
    T::read(record.get(name).unwrap_or(&Value::Null))
}

/// Reads numbers that name things.
macro_rules! number {
    ($($id:ident),*) => {
        $(impl Read for $id {
            fn read(value: &Value) -> Option<Self> {
                value.as_u64().map(Self)
            }
        })*
    };
}
number!(ConversationId, Seq, Timestamp, UserId);

/// Reads texts through the checks of their types.
macro_rules! text {
    ($($text:ident),*) => {
        $(impl Read for $text {
            fn read(value: &Value) -> Option<Self> {
                Self::new(value.as_str()?).ok()
            }
        })*
    };
}
text!(MessageText, Title, UserName);

/// Reads one of a few words, by the wire's own decoder: the words stand there and nowhere else.
macro_rules! word {
    ($($word:ident),*) => {
        $(impl Read for $word {
            fn read(value: &Value) -> Option<Self> {
                by_serde(value)
            }
        })*
    };
}
word!(Access, ConversationKind, ErrorCode);

fn by_serde<T: DeserializeOwned>(value: &Value) -> Option<T> {
    T::deserialize(value).ok()
}

impl Read for ClientId {
    fn read(value: &Value) -> Option<Self> {
        Uuid::try_parse(value.as_str()?).ok().map(Self)
    }
}

impl Read for String {
    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Read for u64 {
    fn read(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl Read for bool {
    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::read(value).map(Some) }
    }
}

/// A list that is empty may be left out.
impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Option<Self> {
        if value.is_null() {
            return Some(Self::new());
        }
        let values = value.as_array()?;
        let mut items = Self::with_capacity(values.len());
        for value in values {
            items.push(T::read(value)?);
        }
        Some(items)
    }
}
