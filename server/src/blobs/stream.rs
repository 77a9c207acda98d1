//! Bytes that are read, and what may go wrong with them.

use std::{io, pin::Pin};

use bytes::Bytes;
use futures_util::Stream;

/// How many bytes of a file are read at a time.
pub(super) const READ_BYTES: usize = 256 * 1024;

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob.
    #[error("there is no such blob")]
    NotFound,
    /// The upload does not end where bytes are to be added.
    #[error("the upload has come to {0}")]
    WrongOffset(u64),
    /// The store failed.
    #[error("{0}")]
    Failed(String),
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::NotFound,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<tokio::task::JoinError> for BlobError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Bytes that come one after the other.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, BlobError>> + Send>>;

/// A blob that is being read.
pub struct OpenBlob {
    /// How many bytes the whole blob has.
    pub length: u64,
    /// The bytes of the range.
    pub bytes: ByteStream,
}
