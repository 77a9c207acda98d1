//! What the use cases of attachments share: the store of blobs, the pool that looks at files, and their bounds.

use std::{
    collections::HashSet,
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use confab_shared::{
    error::ErrorCode,
    id::{AttachmentId, Timestamp},
    protocol::Limits,
};
use tokio::sync::{Notify, OnceCell, Semaphore};
use uuid::{Builder, Uuid};

use super::error::Error;
use crate::{
    blobs::{BlobError, BlobStore},
    clock,
    domain::attachment::StorageDecision,
    media::MediaPool,
};

/// How long an upload that does not end, and an attachment that nobody sends, are kept: a week. A page may hold them in its outbox
/// or beside a draft for that long.
pub const UNSENT_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many files of one person may be in no message: those of many messages that wait to be sent.
pub(super) const MAX_UNSENT: u64 = 200;

/// How many uploads send bytes to this node at once. Each has some megabytes of memory.
const MAX_WRITERS: usize = 32;

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
    pub(super) written: Mutex<HashSet<AttachmentId>>,
    /// The uploads that are being looked at.
    pub(super) processed: Mutex<HashSet<AttachmentId>>,
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
            written: Mutex::default(),
            processed: Mutex::default(),
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

/// An id that is held by one at a time.
pub(super) struct Held<'f> {
    held: &'f Mutex<HashSet<AttachmentId>>,
    id: AttachmentId,
}

impl<'f> Held<'f> {
    /// Holds an id; none where somebody does already.
    pub(super) fn new(held: &'f Mutex<HashSet<AttachmentId>>, id: AttachmentId) -> Option<Self> {
        let is_new = held.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        // Not `then_some`: what is made is dropped, and a drop lets go of what somebody else holds.
        is_new.then(|| Self { held, id })
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::NotFound => ErrorCode::NotFound.into(),
            BlobError::WrongOffset(_) => ErrorCode::WrongOffset.into(),
            BlobError::Failed(error) => {
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

    #[test]
    fn an_upload_is_held_by_one_at_a_time() {
        let held = Mutex::default();
        let id = AttachmentId(Uuid::nil());
        let first = Held::new(&held, id);
        assert!(first.is_some() && Held::new(&held, id).is_none());
        assert!(Held::new(&held, id).is_none(), "who gets it not lets go of nothing");
        drop(first);
        assert!(Held::new(&held, id).is_some());
    }
}
