//! An emoji, as a reaction has it.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize, Serializer};

use crate::decode::Decode;

/// One emoji: a sequence of code points that is shown as one picture. Which sequences there are, the server checks
/// against Unicode's table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Decode)]
#[serde(from = "String")]
pub struct Emoji(Arc<str>);

impl Emoji {
    /// The longest emoji, in bytes of UTF-8: a family of four with skin tones has 41.
    pub const MAX_BYTES: usize = 64;

    /// An emoji from storage, a peer or a table: it is not checked.
    #[must_use]
    pub fn existing(emoji: &str) -> Self {
        Self(emoji.into())
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Emoji {
    fn from(emoji: String) -> Self {
        Self(emoji.into())
    }
}

impl fmt::Display for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Emoji {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
