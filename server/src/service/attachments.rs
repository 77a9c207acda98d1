//! Attachments: uploads, what becomes of them, and links to their bytes.
//!
//! An upload that is complete is looked at by [`media`](crate::media), on a pool of its own. It then claims the blobs that it
//! needs, stores them, and becomes an attachment, in that order: whatever is interrupted goes on when its owner asks for it
//! again, and otherwise goes after [`UNSENT_LIFETIME`](super::files::UNSENT_LIFETIME).

mod collector;
mod links;
mod processing;
mod uploads;

use std::{sync::PoisonError, time::Instant};

use confab_shared::{
    api::Settings, attachment::Attachment, error::ErrorCode, id::AttachmentId, protocol::Limits, user::User,
};

pub use self::{
    links::{LinkSize, OpenFile},
    uploads::{NewUpload, UploadState, UploadStatus},
};
use super::{
    Service,
    error::Error,
    files::{Files, LIMITS_CACHED_FOR, MAX_UNSENT, check, new_id},
};
use crate::{clock, domain::attachment::StorageLimits, storage::attachments::CopyOutcome};

impl Service {
    /// With what attachments need.
    #[must_use]
    pub fn with_files(self, files: Files) -> Self {
        // There is one only.
        let _ = self.0.files.set(files);
        self
    }

    fn files(&self) -> Result<&Files, Error> {
        self.0.files.get().ok_or_else(|| ErrorCode::Internal.into())
    }

    /// The limits of files: the owner's, and otherwise those that the server was started with.
    pub(super) async fn file_limits(&self) -> Result<Limits, Error> {
        let Some(files) = self.0.files.get() else { return Ok(Limits::default()) };
        let cached = *files.limits.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, limits)) = cached
            && at.elapsed() < LIMITS_CACHED_FOR
        {
            return Ok(limits);
        }
        let limits = self.limits_of(self.storage().settings().await?);
        *files.limits.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), limits));
        Ok(limits)
    }

    fn limits_of(&self, settings: Settings) -> Limits {
        let defaults = self.options().file_limits;
        Limits {
            attachment_bytes: settings.attachment_bytes.unwrap_or(defaults.attachment_bytes),
            storage_bytes: settings.storage_bytes.unwrap_or(defaults.storage_bytes),
        }
    }

    /// Settings as their owner sees them: with the limits that hold where none was set. They hold from now on.
    pub(super) fn with_file_limits(&self, settings: Settings) -> Settings {
        if let Some(files) = self.0.files.get() {
            *files.limits.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        let Limits { attachment_bytes, storage_bytes } = self.limits_of(settings);
        Settings { attachment_bytes: Some(attachment_bytes), storage_bytes: Some(storage_bytes), ..settings }
    }

    /// The largest file that may be uploaded, in bytes.
    ///
    /// # Errors
    /// Storage's.
    pub async fn max_attachment_bytes(&self) -> Result<u64, Error> {
        Ok(self.file_limits().await?.attachment_bytes)
    }

    async fn storage_limits(&self) -> Result<StorageLimits, Error> {
        Ok(StorageLimits { bytes: self.file_limits().await?.storage_bytes, unsent: MAX_UNSENT })
    }

    /// Makes an attachment of a user's own, in no message yet, of the file of one that they see.
    ///
    /// # Errors
    /// `unknown_attachment`; `storage_quota_exceeded`; `too_many_uploads`.
    pub async fn copy_attachment(&self, user: &User, id: AttachmentId) -> Result<Attachment, Error> {
        let (at, limits) = (clock::now(), self.storage_limits().await?);
        match self.storage().copy_attachment(user.id, id, new_id(at)?, at, limits).await? {
            CopyOutcome::Copied(attachment) => Ok(attachment),
            CopyOutcome::Unknown => Err(ErrorCode::UnknownAttachment.into()),
            CopyOutcome::Refused(decision) => {
                check(decision)?;
                Err(ErrorCode::Internal.into())
            }
        }
    }
}
