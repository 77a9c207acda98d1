//! Decodes single values from a JSON tree.

use uuid::Uuid;

use super::Json;

/// A type that can be decoded from a JSON tree.
pub trait Decode: Sized {
    /// Decodes the value; none where it does not have the form of the type.
    fn decode(value: &Json) -> Option<Self>;
}

/// Decodes a field of an object; a missing field decodes as null.
#[must_use]
pub fn field<T: Decode>(record: &Json, name: &str) -> Option<T> {
    T::decode(record.get(name))
}

/// Decodes a field of an object; a missing field, or null, decodes as the default.
#[must_use]
pub fn field_or_default<T: Decode + Default>(record: &Json, name: &str) -> Option<T> {
    match record.get(name) {
        Json::Null => Some(T::default()),
        value => T::decode(value),
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

impl Decode for u32 {
    fn decode(value: &Json) -> Option<Self> {
        u64::decode(value)?.try_into().ok()
    }
}

impl Decode for bool {
    fn decode(value: &Json) -> Option<Self> {
        if let Json::Bool(bool) = value { Some(*bool) } else { None }
    }
}

impl Decode for Uuid {
    fn decode(value: &Json) -> Option<Self> {
        Self::try_parse(value.text()?).ok()
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(value: &Json) -> Option<Self> {
        if *value == Json::Null { Some(None) } else { T::decode(value).map(Some) }
    }
}

impl<T: Decode> Decode for Box<T> {
    fn decode(value: &Json) -> Option<Self> {
        T::decode(value).map(Self::new)
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(value: &Json) -> Option<Self> {
        let Json::List(values) = value else { return None };
        let mut items = Self::with_capacity(values.len());
        for value in values {
            items.push(T::decode(value)?);
        }
        Some(items)
    }
}
