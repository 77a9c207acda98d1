//! Attachments, uploads, and which blobs they use.
//!
//! A blob is stored before anything names it, and removed after nothing does:
//! - An upload that is complete claims its blobs ([`AttachmentStorage::claim_blobs`]), then stores them, then becomes an
//!   attachment. A claim is a use.
//! - The transaction that ends the last use of a blob condemns it. One that is condemned cannot be claimed.
//! - The collector takes a condemned blob ([`AttachmentStorage::take_condemned`]), removes it from the store, and then forgets
//!   it. After a crash in between it is taken again.

use async_trait::async_trait;
use confab_shared::{
    attachment::Attachment,
    id::{AttachmentId, Timestamp, UserId},
};

use super::error::StorageError;
use crate::domain::{
    attachment::{BlobHash, Blobs, StorageDecision, StorageLimits, StoredAttachment, Upload},
    sign_in::SecretHash,
};

/// What became of the claim of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// The blobs may be stored: nothing removes them.
    Claimed,
    /// One of them is condemned and not forgotten yet: to be tried again in a moment.
    Condemned,
    /// There is no such upload any more.
    NoUpload,
}

/// What became of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyOutcome {
    /// The copy, which is in no message yet.
    Copied(Attachment),
    /// The user sees no such attachment.
    Unknown,
    /// The user may not store another file.
    Refused(StorageDecision),
}

/// Attachments and uploads.
#[async_trait]
pub trait AttachmentStorage {
    /// Starts an upload, as far as its owner may store so much more.
    async fn start_upload(
        &self,
        upload: Upload,
        limits: StorageLimits,
    ) -> Result<StorageDecision, StorageError>;

    /// An upload.
    async fn upload(&self, id: AttachmentId) -> Result<Option<Upload>, StorageError>;

    /// Uses blobs for an upload that is complete.
    async fn claim_blobs(&self, id: AttachmentId, blobs: Vec<BlobHash>)
    -> Result<ClaimOutcome, StorageError>;

    /// Makes an upload an attachment, whose blobs it has claimed. Claims of other blobs end. False where there is no such upload
    /// any more.
    async fn finish_upload(&self, attachment: Attachment, blobs: Blobs) -> Result<bool, StorageError>;

    /// Ends an upload of a user's, or removes an attachment of theirs that is in no message. False where there is none.
    async fn discard(&self, owner: UserId, id: AttachmentId) -> Result<bool, StorageError>;

    /// Ends the uploads and removes the attachments in no message that began before a time, at most `limit`; answers which.
    async fn discard_unsent(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<AttachmentId>, StorageError>;

    /// Those of some attachments that a user sees: their own that are in no message, and those of messages of conversations
    /// that the user is in. In no order.
    async fn visible_attachments(
        &self,
        user: UserId,
        ids: Vec<AttachmentId>,
    ) -> Result<Vec<StoredAttachment>, StorageError>;

    /// The id of a session.
    async fn session_id(&self, token: SecretHash) -> Result<Option<u64>, StorageError>;

    /// An attachment, where the user of a session sees it.
    async fn attachment_for(
        &self,
        session: u64,
        id: AttachmentId,
    ) -> Result<Option<StoredAttachment>, StorageError>;

    /// Makes another attachment, of the same blobs, of one that a user sees.
    async fn copy_attachment(
        &self,
        user: UserId,
        id: AttachmentId,
        copy: AttachmentId,
        at: Timestamp,
        limits: StorageLimits,
    ) -> Result<CopyOutcome, StorageError>;

    /// How many bytes a user's files have together, those of uploads that go on included.
    async fn stored_bytes(&self, user: UserId) -> Result<u64, StorageError>;

    /// Blobs that are condemned, at most `limit`, in no order.
    async fn condemned_blobs(&self, limit: usize) -> Result<Vec<BlobHash>, StorageError>;

    /// Takes a condemned blob until a time. False where it is not condemned, or was taken until later than `now`.
    async fn take_condemned(
        &self,
        blob: BlobHash,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StorageError>;

    /// A condemned blob is removed from the store: it may be claimed again.
    async fn forget_blob(&self, blob: BlobHash) -> Result<(), StorageError>;

    /// Condemns those of some blobs that nothing uses.
    async fn condemn_unused(&self, blobs: Vec<BlobHash>) -> Result<(), StorageError>;

    /// The blobs that are used, behind one, in their order, at most `limit`.
    async fn used_blobs(&self, after: Option<BlobHash>, limit: usize) -> Result<Vec<BlobHash>, StorageError>;

    /// The key that signs links: `new` the first time, and from then on the same.
    async fn link_key(&self, new: [u8; 32]) -> Result<[u8; 32], StorageError>;
}
