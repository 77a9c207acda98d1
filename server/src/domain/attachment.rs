//! Attachments as the server knows them: where their bytes are, whose they are and where they were sent.

use std::{fmt, str::FromStr};

use confab_shared::{
    attachment::Attachment,
    id::{AttachmentId, ConversationId, Seq, Timestamp, UserId},
};

/// The name of a blob: the SHA-256 of its bytes. Written in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is no [`BlobHash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of a blob is 64 hexadecimal digits")]
pub struct BadBlobHash;

impl FromStr for BlobHash {
    type Err = BadBlobHash;

    fn from_str(text: &str) -> Result<Self, BadBlobHash> {
        let digits = text.as_bytes();
        let lower = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 64 || !digits.iter().all(lower) {
            return Err(BadBlobHash);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| BadBlobHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadBlobHash)?;
        }
        Ok(Self(hash))
    }
}

/// The blobs of an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blobs {
    /// The file.
    pub file: BlobHash,
    /// A small picture of it.
    pub small: Option<BlobHash>,
    /// A larger picture of it.
    pub large: Option<BlobHash>,
}

impl Blobs {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = BlobHash> {
        std::iter::once(self.file).chain(self.small).chain(self.large)
    }
}

/// An attachment as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAttachment {
    /// What everybody sees of it.
    pub attachment: Attachment,
    /// Who uploaded it.
    pub owner: UserId,
    /// Where its bytes are.
    pub blobs: Blobs,
    /// The message that it was sent in; none where it is in none yet.
    pub message: Option<(ConversationId, Seq)>,
    /// When the upload began.
    pub created_at: Timestamp,
}

/// An upload that is not an attachment yet: bytes are missing, or nobody has looked at them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// The id of the attachment that it becomes.
    pub id: AttachmentId,
    /// Who uploads it.
    pub owner: UserId,
    /// How many bytes there will be.
    pub length: u64,
    /// The harmless name of the file.
    pub name: String,
    /// The type that the uploader says it has.
    pub mime: String,
    /// How long it plays, in milliseconds.
    pub duration: Option<u32>,
    /// The loudness of a voice message.
    pub waveform: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
}

/// What is loaded of an attachment for a message that is to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedAttachment {
    /// What everybody sees of it.
    pub attachment: Attachment,
    /// Who uploaded it.
    pub owner: UserId,
    /// Whether it is in a message already.
    pub is_sent: bool,
}

/// How much one person may store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageLimits {
    /// The bytes of all files together, of uploads that go on and of attachments.
    pub bytes: u64,
    /// How many uploads may go on or be in no message yet.
    pub unsent: u64,
}

/// Whether a person may store another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageDecision {
    /// They may.
    Allowed,
    /// They have not so much room.
    QuotaExceeded,
    /// They have as many files that are in no message as one may.
    TooManyUnsent,
}

impl StorageLimits {
    /// Decides whether a person who stores so many bytes, and has so many files that are in no message, may add a file.
    pub fn decide(self, stored_bytes: u64, unsent: u64, new_bytes: u64) -> StorageDecision {
        if stored_bytes.saturating_add(new_bytes) > self.bytes {
            StorageDecision::QuotaExceeded
        } else if unsent >= self.unsent {
            StorageDecision::TooManyUnsent
        } else {
            StorageDecision::Allowed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_are_named_by_hexadecimal_digits() {
        let hash = BlobHash(std::array::from_fn(|index| index as u8 * 8));
        let name = hash.to_string();
        assert!(name.starts_with("000810") && name.len() == 64, "{name}");
        assert_eq!(name.parse(), Ok(hash));
        for wrong in ["", "00", &name.to_uppercase(), &format!("{name}0"), &name.replace("00", "+0")] {
            assert_eq!(wrong.parse::<BlobHash>(), Err(BadBlobHash), "{wrong}");
        }
    }

    #[test]
    fn a_person_stores_up_to_the_limit() {
        let limits = StorageLimits { bytes: 10, unsent: 2 };
        assert_eq!(limits.decide(4, 0, 6), StorageDecision::Allowed);
        assert_eq!(limits.decide(4, 0, 7), StorageDecision::QuotaExceeded);
        assert_eq!(limits.decide(1, 0, u64::MAX), StorageDecision::QuotaExceeded);
        assert_eq!(limits.decide(0, 2, 1), StorageDecision::TooManyUnsent);
    }
}
