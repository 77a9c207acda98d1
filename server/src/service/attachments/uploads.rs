//! Uploads: they begin, grow and end.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use confab_shared::{
    attachment::{Attachment, FileName},
    error::ErrorCode,
    id::{AttachmentId, UserId},
    user::User,
};
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;

use crate::{
    blobs::BlobError,
    clock,
    domain::attachment::{StorageLimits, StoredAttachment, Upload},
    metrics::METRICS,
    service::{
        Service,
        error::Error,
        files::{MAX_WRITERS_PER_OWNER, WRITER_PATIENCE, check, new_id},
        run_to_end::run_to_end,
    },
};

/// The longest declared type, in bytes.
const MAX_MIME_BYTES: usize = 127;

/// What is said of a file that is to be uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewUpload {
    /// The name.
    pub name: String,
    /// The type.
    pub mime: String,
    /// How long it plays, in milliseconds.
    pub duration: Option<u32>,
    /// The loudness of a voice message, in base64.
    pub waveform: Option<String>,
}

impl NewUpload {
    /// A file of a name and a type.
    pub fn named(name: &str, mime: &str) -> Self {
        Self { name: name.to_owned(), mime: mime.to_owned(), ..Self::default() }
    }
}

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadStatus {
    /// How many bytes there are.
    pub offset: u64,
    /// How many there will be.
    pub length: u64,
}

/// What an upload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// An attachment.
    Ready(Attachment),
    /// Complete; it is being looked at. So many bytes were uploaded.
    Processing(u64),
    /// Bytes are missing.
    Incomplete(UploadStatus),
}

/// Whether a waveform is what one should be.
fn checked_waveform(waveform: Option<String>) -> Result<Option<String>, Error> {
    let Some(text) = waveform else { return Ok(None) };
    match BASE64_STANDARD.decode(&text) {
        Ok(bytes) if (1..=Attachment::MAX_WAVEFORM_BYTES).contains(&bytes.len()) => Ok(Some(text)),
        _ => {
            let most = Attachment::MAX_WAVEFORM_BYTES;
            let sentence = format!("A waveform is the base64 of 1 to {most} bytes.");
            Err(Error::new(ErrorCode::BadRequest, sentence))
        }
    }
}

impl Service {
    /// An upload that begins now.
    fn new_upload(&self, owner: UserId, length: u64, new: NewUpload) -> Result<Upload, Error> {
        let at = clock::now();
        let is_plain = new.mime.len() <= MAX_MIME_BYTES && new.mime.chars().all(|c| matches!(c, ' '..='~'));
        Ok(Upload {
            id: new_id(at)?,
            owner,
            length,
            name: FileName::new(&new.name).into(),
            mime: if is_plain { new.mime } else { String::new() },
            duration: new.duration,
            waveform: checked_waveform(new.waveform)?,
            created_at: at,
        })
    }

    /// Begins an upload, before any byte of it is there.
    ///
    /// # Errors
    /// `attachment_too_large`; `storage_quota_exceeded`; `too_many_uploads`; `bad_request`.
    pub async fn start_upload(
        &self,
        user: &User,
        length: u64,
        new: NewUpload,
    ) -> Result<AttachmentId, Error> {
        let most = self.file_limits().await?.attachment_bytes;
        if length > most {
            let sentence = format!("This file is too large: at most {most} bytes are allowed.");
            return Err(Error::new(ErrorCode::AttachmentTooLarge, sentence));
        }
        let upload = self.new_upload(user.id, length, new)?;
        let limits = self.storage_limits().await?;
        check(self.storage().start_upload(upload.clone(), limits).await?)?;
        let id = upload.id;
        if length == 0 {
            let writer = self.files()?.blobs.append(id, 0).await?;
            writer.finish().await?;
            self.process_soon(upload);
        }
        Ok(id)
    }

    /// An upload of a user's own.
    async fn own_upload(&self, user: &User, id: AttachmentId) -> Result<Upload, Error> {
        let upload = self.storage().upload(id).await?.filter(|upload| upload.owner == user.id);
        upload.ok_or_else(|| ErrorCode::UnknownAttachment.into())
    }

    /// The attachment of a user's own that an upload became.
    async fn own_attachment(&self, user: &User, id: AttachmentId) -> Result<StoredAttachment, Error> {
        let found = self.storage().visible_attachments(user.id, vec![id]).await?.pop();
        let own = found.filter(|stored| stored.owner == user.id);
        own.ok_or_else(|| ErrorCode::UnknownAttachment.into())
    }

    /// What an upload of a user's own is.
    ///
    /// # Errors
    /// `unknown_attachment`.
    pub async fn upload_state(&self, user: &User, id: AttachmentId) -> Result<UploadState, Error> {
        let upload = match self.own_upload(user, id).await {
            Ok(upload) => upload,
            Err(error) if error.code == ErrorCode::UnknownAttachment => {
                return Ok(UploadState::Ready(self.own_attachment(user, id).await?.attachment));
            }
            Err(error) => return Err(error),
        };
        let offset = self.files()?.blobs.upload_offset(id).await?;
        if offset < upload.length && self.storage().upload(id).await?.is_none() {
            // It became an attachment at this moment, and the bytes have another name now.
            return Ok(UploadState::Ready(self.own_attachment(user, id).await?.attachment));
        }
        if offset < upload.length {
            return Ok(UploadState::Incomplete(UploadStatus { offset, length: upload.length }));
        }
        // It goes on where a crash or an error interrupted it.
        let length = upload.length;
        self.process_soon(upload);
        Ok(UploadState::Processing(length))
    }

    /// How far an upload of a user's own has come.
    ///
    /// # Errors
    /// `unknown_attachment`.
    pub async fn upload_status(&self, user: &User, id: AttachmentId) -> Result<UploadStatus, Error> {
        match self.upload_state(user, id).await? {
            UploadState::Incomplete(status) => Ok(status),
            UploadState::Processing(length) => Ok(UploadStatus { offset: length, length }),
            UploadState::Ready(attachment) => {
                Ok(UploadStatus { offset: attachment.bytes, length: attachment.bytes })
            }
        }
    }

    /// Adds bytes to an upload of a user's own, from where it has come to. Those that arrive are kept, also where the client is
    /// gone before the last. Answers how far it has come.
    ///
    /// # Errors
    /// `unknown_attachment`; `wrong_offset`; `upload_locked` where somebody adds bytes already; `busy`; `incomplete` where the
    /// bytes do not arrive; `too_large` where there are more than the upload has.
    pub async fn add_bytes(
        &self,
        user: &User,
        id: AttachmentId,
        offset: u64,
        bytes: impl Stream<Item = Result<Bytes, Error>> + Send + Unpin + 'static,
    ) -> Result<u64, Error> {
        let upload = self.own_upload(user, id).await?;
        let service = self.clone();
        run_to_end(async move { service.append(upload, offset, bytes).await }).await
    }

    async fn append(
        &self,
        upload: Upload,
        offset: u64,
        mut bytes: impl Stream<Item = Result<Bytes, Error>> + Unpin,
    ) -> Result<u64, Error> {
        let files = self.files()?;
        let Some(_lock) = files.written.lock(upload.id, upload.owner) else {
            return Err(ErrorCode::UploadLocked.into());
        };
        if files.written.of_owner(upload.owner) > MAX_WRITERS_PER_OWNER {
            let sentence = format!("Upload at most {MAX_WRITERS_PER_OWNER} files at a time.");
            return Err(Error::new(ErrorCode::Busy, sentence));
        }
        let turn = timeout(WRITER_PATIENCE, files.writers.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(Error::new(
                ErrorCode::Busy,
                "Too many files are uploaded at this moment. Please try again.",
            ));
        };
        let mut writer = files.blobs.append(upload.id, offset).await?;
        let mut left = upload.length.saturating_sub(offset);
        let mut failed = None;
        while let Some(chunk) = bytes.next().await {
            match chunk {
                Ok(chunk) if chunk.len() as u64 > left => {
                    failed =
                        Some(Error::new(ErrorCode::TooLarge, "There are more bytes than the upload has."));
                    break;
                }
                Ok(chunk) => {
                    left -= chunk.len() as u64;
                    writer.write(chunk).await?;
                }
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let begun_at = offset;
        let offset = writer.finish().await?;
        METRICS.uploaded_bytes.inc_by(offset.saturating_sub(begun_at));
        if offset == upload.length {
            self.process_soon(upload);
        }
        failed.map_or(Ok(offset), Err)
    }

    /// Ends an upload of a user's own, or removes an attachment of theirs that is in no message.
    ///
    /// # Errors
    /// `unknown_attachment`; `upload_locked` where somebody adds bytes to it.
    pub async fn discard_upload(&self, user: &User, id: AttachmentId) -> Result<(), Error> {
        let files = self.files()?;
        let Some(_lock) = files.written.lock(id, user.id) else { return Err(ErrorCode::UploadLocked.into()) };
        if !self.storage().discard(user.id, id).await? {
            return Err(ErrorCode::UnknownAttachment.into());
        }
        if let Err(error) = files.blobs.remove_upload(id).await
            && !matches!(error, BlobError::NotFound)
        {
            tracing::warn!(%error, "failed to remove an upload: the next sweep will");
        }
        files.condemned.notify_one();
        Ok(())
    }

    /// Makes an attachment of a user's, in no message yet, of bytes that the server got for them: no quota counts against it.
    ///
    /// # Errors
    /// Storage's, and the blob store's.
    pub async fn keep_file(
        &self,
        owner: UserId,
        name: &str,
        declared_mime: &str,
        bytes: Bytes,
    ) -> Result<Attachment, Error> {
        let upload = self.new_upload(owner, bytes.len() as u64, NewUpload::named(name, declared_mime))?;
        let limits = StorageLimits { bytes: u64::MAX, unsent: u64::MAX };
        check(self.storage().start_upload(upload.clone(), limits).await?)?;
        let mut writer = self.files()?.blobs.append(upload.id, 0).await?;
        writer.write(bytes).await?;
        writer.finish().await?;
        self.process(&upload).await?.ok_or_else(|| ErrorCode::Internal.into())
    }
}
