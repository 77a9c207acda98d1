//! Decodes JSON into the types of the wire, for the page. Serde's decoders would be an eighth of the bytes of a first visit;
//! these go by way of one JSON tree. `#[derive(Decode)]` makes them from the declaration that serde reads; the tests compare
//! both.

mod json;
mod value;

pub use confab_derive::Decode;

pub use self::{
    json::Json,
    value::{Decode, field, field_or_default},
};

/// Decodes a text that is one JSON value; none where it is malformed, or has not the form of the type.
#[must_use]
pub fn from_str<T: Decode>(text: &str) -> Option<T> {
    T::decode(&Json::parse(text)?)
}

#[cfg(test)]
mod tests;
