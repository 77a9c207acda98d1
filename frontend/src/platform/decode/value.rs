//! Decodes single values from a JSON tree.

use confab_shared::{
    api::Access,
    conversation::{ConversationKind, MemberRole},
    emoji::Emoji,
    error::ErrorCode,
    id::{ClientId, ConversationId, Seq, Timestamp, UserId},
    text::{MessageText, Title, Topic, UserName},
};
use serde::de::{
    DeserializeOwned,
    value::{Error, StrDeserializer},
};
use uuid::Uuid;

use super::Json;

/// A type that can be decoded from a JSON tree.
pub(crate) trait Decode: Sized {
    /// Decodes the value; none where it does not have the form of the type.
    fn decode(value: &Json) -> Option<Self>;
}

/// Decodes a field of an object; a missing field decodes as null.
pub(crate) fn field<T: Decode>(record: &Json, name: &str) -> Option<T> {
    T::decode(record.get(name))
}

/// Decodes ids, which are numbers.
macro_rules! decode_numbers {
    ($($id:ident),*) => {
        $(impl Decode for $id {
            fn decode(value: &Json) -> Option<Self> {
                u64::decode(value).map(Self)
            }
        })*
    };
}
decode_numbers!(ConversationId, Seq, Timestamp, UserId);

impl Decode for UserName {
    fn decode(value: &Json) -> Option<Self> {
        Self::new(value.text()?).ok()
    }
}

/// Decodes texts without checking their limits: a log outlives the limits that it was written under.
macro_rules! decode_texts {
    ($($text:ident),*) => {
        $(impl Decode for $text {
            fn decode(value: &Json) -> Option<Self> {
                value.text().map(Self::existing)
            }
        })*
    };
}
decode_texts!(Emoji, MessageText, Title, Topic);

/// Decodes enums without content by serde, so that their names are written once.
macro_rules! decode_names {
    ($($Enum:ident),*) => {
        $(impl Decode for $Enum {
            fn decode(value: &Json) -> Option<Self> {
                by_serde(value)
            }
        })*
    };
}
decode_names!(Access, ConversationKind, ErrorCode, MemberRole);

fn by_serde<T: DeserializeOwned>(value: &Json) -> Option<T> {
    T::deserialize(StrDeserializer::<Error>::new(value.text()?)).ok()
}

impl Decode for ClientId {
    fn decode(value: &Json) -> Option<Self> {
        Uuid::try_parse(value.text()?).ok().map(Self)
    }
}

impl Decode for String {
    fn decode(value: &Json) -> Option<Self> {
        value.text().map(str::to_owned)
    }
}

impl Decode for u64 {
    fn decode(value: &Json) -> Option<Self> {
        if let Json::Number(number) = value { Some(*number) } else { None }
    }
}

impl Decode for bool {
    fn decode(value: &Json) -> Option<Self> {
        if let Json::Bool(bool) = value { Some(*bool) } else { None }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(value: &Json) -> Option<Self> {
        if *value == Json::Null { Some(None) } else { T::decode(value).map(Some) }
    }
}

/// An empty list may be missing on the wire.
impl<T: Decode> Decode for Vec<T> {
    fn decode(value: &Json) -> Option<Self> {
        let values = match value {
            Json::Null => return Some(Self::new()),
            Json::List(values) => values,
            _ => return None,
        };
        let mut items = Self::with_capacity(values.len());
        for value in values {
            items.push(T::decode(value)?);
        }
        Some(items)
    }
}
