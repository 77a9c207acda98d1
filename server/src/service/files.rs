//! What the use cases of attachments share: the store of blobs, the pool that looks at files, and their bounds.

mod locks;

use std::{
    sync::{Mutex, OnceLock},
    time::{Duration, Instant},
};

use confab_shared::{
    error::ErrorCode,
    id::{AttachmentId, Timestamp},
    protocol::Limits,
};
use tokio::sync::{Notify, OnceCell, Semaphore};
use uuid::{Builder, Uuid};

use self::locks::UploadLocks;
use super::error::Error;
use crate::{
    blobs::{BlobError, BlobStore},
    clock,
    domain::attachment::StorageDecision,
    media::MediaPool,
    metrics::METRICS,
};

/// How long an upload that does not end, and an attachment that nobody sends, are kept: a week. A page may hold them in its outbox
/// or beside a draft for that long.
pub const UNSENT_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many files of one person may be in no message: those of many messages that wait to be sent.
pub(super) const MAX_UNSENT: u64 = 200;

/// How many uploads send bytes to this node at once. Each has some megabytes of memory.
const MAX_WRITERS: usize = 32;

/// How many of those are one person's: a page sends three files at once.
pub(super) const MAX_WRITERS_PER_OWNER: usize = 8;

/// How long an upload waits for its turn.
pub(super) const WRITER_PATIENCE: Duration = Duration::from_secs(10);

/// How many uploads that are complete are read and stored at once.
const MAX_FINISHING: usize = 4;

/// How long the owner's limits are taken as they were read: the other nodes may change them.
pub(super) const LIMITS_CACHED_FOR: Duration = Duration::from_secs(10);

/// What the use cases of attachments need.
pub struct Files {
    pub(super) blobs: BlobStore,
    pub(super) media: MediaPool,
    pub(super) link_key: OnceCell<[u8; 32]>,
    /// The uploads that bytes are being added to.
    pub(super) written: UploadLocks,
    /// The uploads that are being looked at.
    pub(super) processed: UploadLocks,
    pub(super) writers: Semaphore,
    pub(super) finishing: Semaphore,
    pub(super) limits: Mutex<Option<(Instant, Limits)>>,
    /// Something may be condemned.
    pub(super) condemned: Notify,
    /// Before this process wrote anything.
    pub(super) opened: Timestamp,
}

impl Files {
    /// Joins the parts.
    pub fn new(blobs: BlobStore, media: MediaPool) -> Self {
        Self {
            blobs,
            media,
            link_key: OnceCell::new(),
            written: UploadLocks::default(),
            processed: UploadLocks::default(),
            writers: Semaphore::new(MAX_WRITERS),
            finishing: Semaphore::new(MAX_FINISHING),
            limits: Mutex::default(),
            condemned: Notify::new(),
            opened: clock::now(),
        }
    }

    /// The store of blobs.
    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }
}

/// Where a service keeps it.
pub(super) type FilesCell = OnceLock<Files>;

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound => ErrorCode::NotFound.into(),
            BlobError::WrongOffset(_) => ErrorCode::WrongOffset.into(),
            BlobError::Failed(error) => {
                METRICS.file_store_failures.inc();
                tracing::error!(error, "the store of files failed");
                Self::new(ErrorCode::StoreFailed, "The file could not be stored or read. Please try again.")
            }
        }
    }
}

/// A fresh id.
pub(super) fn new_id(at: Timestamp) -> Result<AttachmentId, Error> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|_| ErrorCode::Internal)?;
    let id: Uuid = Builder::from_unix_timestamp_millis(at.0, &random).into_uuid();
    Ok(AttachmentId(id))
}

pub(super) fn check(decision: StorageDecision) -> Result<(), Error> {
    match decision {
        StorageDecision::Allowed => Ok(()),
        StorageDecision::QuotaExceeded => Err(ErrorCode::StorageQuotaExceeded.into()),
        StorageDecision::TooManyUnsent => Err(ErrorCode::TooManyUploads.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_made_in_the_order_of_time() {
        let [first, second] = [1_000, 1_001].map(|at| new_id(Timestamp(at)).unwrap());
        assert!(first < second && first.0.get_version_num() == 7);
    }
}
