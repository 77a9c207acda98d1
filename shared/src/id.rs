//! Identifiers: small typed numbers, and the id that a client gives to its own command.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::decode::Decode;

/// A number that names one thing and cannot be taken for the number of another.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Decode)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

number! {
    /// A user, for as long as the store exists; a user's name may be shown differently one day, this stays.
    UserId
}
number! {
    /// A conversation.
    ConversationId
}
number! {
    /// A conversation's event number: gapless, from 1. 0 stands before the first event.
    Seq
}
number! {
    /// Milliseconds since 1970-01-01T00:00:00Z, by the server's clock.
    Timestamp
}

impl UserId {
    /// All members of a conversation, where a message mentions them all: no user has this id. The greatest number that every
    /// JSON reader has exactly.
    pub const ALL: Self = Self((1 << 53) - 1);

    /// The mark of a message that mentions those members who were online: it names them beside. No user has this id.
    pub const HERE: Self = Self(Self::ALL.0 - 1);
}

impl Seq {
    /// The seq that the next event of the conversation takes.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The id that a client makes for a command (a UUIDv7), so that a repeated command is carried out once.
/// Unique per sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Decode)]
#[serde(transparent)]
pub struct ClientId(pub Uuid);

/// An attachment, from its upload on: a UUIDv7 that the server makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Decode)]
#[serde(transparent)]
pub struct AttachmentId(pub Uuid);

impl fmt::Display for AttachmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
