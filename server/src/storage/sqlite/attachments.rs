//! Attachments, uploads, and which blobs they use.

use async_trait::async_trait;
use confab_shared::{
    attachment::Attachment,
    id::{AttachmentId, Timestamp, UserId},
};

use super::{Sqlite, tables::attachments};
use crate::{
    domain::{
        attachment::{BlobHash, Blobs, StorageDecision, StorageLimits, StoredAttachment, Upload},
        sign_in::SecretHash,
    },
    storage::{
        StorageError,
        attachments::{AttachmentStorage, ClaimOutcome, CopyOutcome},
    },
};

#[async_trait]
impl AttachmentStorage for Sqlite {
    async fn start_upload(
        &self,
        upload: Upload,
        limits: StorageLimits,
    ) -> Result<StorageDecision, StorageError> {
        self.writer.run(move |tx| attachments::start(tx.connection, &upload, limits)).await
    }

    async fn upload(&self, id: AttachmentId) -> Result<Option<Upload>, StorageError> {
        self.readers.run(move |connection| attachments::upload(connection, id)).await
    }

    async fn claim_blobs(
        &self,
        id: AttachmentId,
        blobs: Vec<BlobHash>,
    ) -> Result<ClaimOutcome, StorageError> {
        self.writer.run(move |tx| attachments::claim(tx.connection, id, &blobs)).await
    }

    async fn finish_upload(&self, attachment: Attachment, blobs: Blobs) -> Result<bool, StorageError> {
        self.writer.run(move |tx| attachments::finish(tx.connection, &attachment, blobs)).await
    }

    async fn discard(&self, owner: UserId, id: AttachmentId) -> Result<bool, StorageError> {
        self.writer.run(move |tx| attachments::discard(tx.connection, owner, id)).await
    }

    async fn discard_unsent(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<AttachmentId>, StorageError> {
        self.writer.run(move |tx| attachments::discard_unsent(tx.connection, before, limit)).await
    }

    async fn visible_attachments(
        &self,
        user: UserId,
        ids: Vec<AttachmentId>,
    ) -> Result<Vec<StoredAttachment>, StorageError> {
        self.readers.run(move |connection| attachments::visible(connection, user, &ids)).await
    }

    async fn session_id(&self, token: SecretHash) -> Result<Option<u64>, StorageError> {
        self.readers.run(move |connection| attachments::session_id(connection, token)).await
    }

    async fn attachment_for(
        &self,
        session: u64,
        id: AttachmentId,
    ) -> Result<Option<StoredAttachment>, StorageError> {
        self.readers.run(move |connection| attachments::visible_for(connection, session, id)).await
    }

    async fn copy_attachment(
        &self,
        user: UserId,
        id: AttachmentId,
        copy: AttachmentId,
        at: Timestamp,
        limits: StorageLimits,
    ) -> Result<CopyOutcome, StorageError> {
        self.writer.run(move |tx| attachments::copy(tx.connection, user, id, copy, at, limits)).await
    }

    async fn stored_bytes(&self, user: UserId) -> Result<u64, StorageError> {
        self.readers.run(move |connection| attachments::bytes_of(connection, user)).await
    }

    async fn condemned_blobs(&self, limit: usize) -> Result<Vec<BlobHash>, StorageError> {
        self.readers.run(move |connection| attachments::condemned(connection, limit)).await
    }

    async fn take_condemned(
        &self,
        blob: BlobHash,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StorageError> {
        self.writer.run(move |tx| attachments::take_condemned(tx.connection, blob, now, until)).await
    }

    async fn forget_blob(&self, blob: BlobHash) -> Result<(), StorageError> {
        self.writer.run(move |tx| attachments::forget(tx.connection, blob)).await
    }

    async fn condemn_unused(&self, blobs: Vec<BlobHash>) -> Result<(), StorageError> {
        self.writer.run(move |tx| attachments::condemn_unused(tx.connection, &blobs)).await
    }

    async fn used_blobs(&self, after: Option<BlobHash>, limit: usize) -> Result<Vec<BlobHash>, StorageError> {
        self.readers.run(move |connection| attachments::used(connection, after, limit)).await
    }

    async fn link_key(&self, new: [u8; 32]) -> Result<[u8; 32], StorageError> {
        self.writer.run(move |tx| attachments::link_key(tx.connection, new)).await
    }
}
