//! How single values are read from a tree of JSON.

use confab_shared::{
    api::Access,
    conversation::ConversationKind,
    error::ErrorCode,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    text::{MessageText, Title, UserName},
};
use serde::de::{
    DeserializeOwned,
    value::{Error, StrDeserializer},
};
use uuid::Uuid;

use super::Json;

/// What can be read from a tree.
pub(crate) trait Read: Sized {
    /// Reads it; none where the tree is not of it.
    fn read(value: &Json) -> Option<Self>;
}

/// Reads a field; one that is missing reads as null.
pub(crate) fn field<T: Read>(record: &Json, name: &str) -> Option<T> {
    T::read(record.get(name))
}

/// Reads numbers that name things.
macro_rules! number {
    ($($id:ident),*) => {
        $(impl Read for $id {
            fn read(value: &Json) -> Option<Self> {
                u64::read(value).map(Self)
            }
        })*
    };
}
number!(ConversationId, Seq, Timestamp, UserId);

impl Read for UserName {
    fn read(value: &Json) -> Option<Self> {
        Self::new(value.text()?).ok()
    }
}

/// Reads texts that exist already.
macro_rules! text {
    ($($text:ident),*) => {
        $(impl Read for $text {
            fn read(value: &Json) -> Option<Self> {
                value.text().map(Self::existing)
            }
        })*
    };
}
text!(MessageText, Title);

/// Reads one of a few words, by the wire's own decoder: the words stand there and nowhere else.
macro_rules! word {
    ($($word:ident),*) => {
        $(impl Read for $word {
            fn read(value: &Json) -> Option<Self> {
                by_serde(value)
            }
        })*
    };
}
word!(Access, ConversationKind, ErrorCode);

fn by_serde<T: DeserializeOwned>(value: &Json) -> Option<T> {
    T::deserialize(StrDeserializer::<Error>::new(value.text()?)).ok()
}

impl Read for ClientId {
    fn read(value: &Json) -> Option<Self> {
        Uuid::try_parse(value.text()?).ok().map(Self)
    }
}

impl Read for String {
    fn read(value: &Json) -> Option<Self> {
        value.text().map(str::to_owned)
    }
}

impl Read for u64 {
    fn read(value: &Json) -> Option<Self> {
        if let Json::Number(number) = value { Some(*number) } else { None }
    }
}

impl Read for bool {
    fn read(value: &Json) -> Option<Self> {
        if let Json::Bool(bool) = value { Some(*bool) } else { None }
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: &Json) -> Option<Self> {
        if *value == Json::Null { Some(None) } else { T::read(value).map(Some) }
    }
}

/// A list that is empty may be left out.
impl<T: Read> Read for Vec<T> {
    fn read(value: &Json) -> Option<Self> {
        let values = match value {
            Json::Null => return Some(Self::new()),
            Json::List(values) => values,
            _ => return None,
        };
        let mut items = Self::with_capacity(values.len());
        for value in values {
            items.push(T::read(value)?);
        }
        Some(items)
    }
}
