//! What becomes of an upload that is complete.

use std::time::{Duration, Instant};

use bytes::Bytes;
use confab_shared::{
    attachment::{Attachment, FileName},
    error::ErrorCode,
};
use tokio::time::sleep;

use crate::{
    blobs::{self, BlobError, UploadSource},
    domain::attachment::{BlobHash, Blobs, Upload},
    media::{Processed, Source},
    metrics::METRICS,
    service::{Service, error::Error, files::Files},
    storage::attachments::ClaimOutcome,
};

/// The largest file that is read into memory where it is in no folder, in bytes: as much as a picture may have.
const MAX_IN_MEMORY: u64 = 64 << 20;

/// How often a claim is tried again while one of its blobs is being removed.
const CLAIM_ATTEMPTS: u32 = 100;

/// How long to wait in between.
const CLAIM_INTERVAL: Duration = Duration::from_millis(100);

/// A blob that the server made of an upload.
struct MadeBlob {
    name: BlobHash,
    bytes: Bytes,
}

impl MadeBlob {
    fn of(bytes: Vec<u8>) -> Self {
        Self { name: blobs::hash(&bytes), bytes: bytes.into() }
    }
}

impl Service {
    /// Looks at an upload in the background, unless somebody does already.
    pub(super) fn process_soon(&self, upload: Upload) {
        let service = self.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            match service.process(&upload).await {
                Ok(Some(_)) => METRICS.file_processing_seconds.observe(began.elapsed().as_secs_f64()),
                Ok(None) => {}
                Err(_) if service.is_discarded(&upload).await => {}
                Err(error) => {
                    tracing::warn!(%error, "failed to store an upload: it is tried again when its owner asks for it");
                }
            }
        });
    }

    /// Makes an upload, of which all bytes are there, an attachment. None where somebody does already, or it was discarded.
    pub(super) async fn process(&self, upload: &Upload) -> Result<Option<Attachment>, Error> {
        let files = self.files()?;
        let Some(_lock) = files.processed.lock(upload.id, upload.owner) else { return Ok(None) };
        let _turn = files.finishing.acquire().await.map_err(|_| ErrorCode::ShuttingDown)?;
        // Somebody may have finished it meanwhile.
        if self.storage().upload(upload.id).await?.is_none() {
            return Ok(None);
        }
        let source = match files.blobs.upload_source(upload.id, MAX_IN_MEMORY).await? {
            UploadSource::File(path) => Source::File(path),
            UploadSource::Bytes(bytes) => Source::Bytes(bytes),
        };
        let Processed { mime, width, height, placeholder, animated, small, large, stripped } =
            files.media.process(source, &upload.mime).await.map_err(BlobError::from)?;
        let stripped = stripped.map(MadeBlob::of);
        let (small, large) =
            (small.map(|small| MadeBlob::of(small.bytes)), large.map(|large| MadeBlob::of(large.bytes)));
        let (file, bytes) = match &stripped {
            Some(stripped) => (stripped.name, stripped.bytes.len() as u64),
            None => (files.blobs.hash_upload(upload.id).await?, upload.length),
        };
        let names = Blobs {
            file,
            small: small.as_ref().map(|small| small.name),
            large: large.as_ref().map(|large| large.name),
        };
        if !self.claim(files, upload, names).await? {
            return Ok(None);
        }
        let stored = async {
            for MadeBlob { name, bytes } in stripped.iter().chain(&small).chain(&large) {
                files.blobs.put(*name, bytes.clone()).await?;
            }
            if stripped.is_none() {
                files.blobs.store_upload(upload.id, file).await?;
            }
            Ok::<_, BlobError>(())
        };
        let is_stored = match stored.await {
            Ok(()) => true,
            Err(_) if self.is_discarded(upload).await => false,
            Err(error) => return Err(error.into()),
        };
        let plays = mime.starts_with("audio/") || mime.starts_with("video/");
        let attachment = Attachment {
            mime: mime.to_owned(),
            width,
            height,
            placeholder,
            animated,
            duration: upload.duration.filter(|_| plays),
            waveform: upload.waveform.clone().filter(|_| mime.starts_with("audio/")),
            ..Attachment::file(upload.id, FileName::new(&upload.name), bytes)
        };
        let finished = is_stored && self.storage().finish_upload(attachment.clone(), names).await?;
        if !finished {
            // It was discarded meanwhile, and what was stored after that is of no use.
            self.storage().condemn_unused(names.all().collect()).await?;
            files.condemned.notify_one();
        }
        if let Err(error) = files.blobs.remove_upload(upload.id).await {
            tracing::warn!(%error, "failed to remove an upload: the next sweep will");
        }
        Ok(finished.then_some(attachment))
    }

    /// Whether an upload that is no attachment yet is none any more: its bytes went with it.
    async fn is_discarded(&self, upload: &Upload) -> bool {
        matches!(self.storage().upload(upload.id).await, Ok(None))
    }

    /// Uses blobs for an upload. False where it was discarded.
    async fn claim(&self, files: &Files, upload: &Upload, blobs: Blobs) -> Result<bool, Error> {
        for _ in 0..CLAIM_ATTEMPTS {
            match self.storage().claim_blobs(upload.id, blobs.all().collect()).await? {
                ClaimOutcome::Claimed => return Ok(true),
                ClaimOutcome::NoUpload => return Ok(false),
                ClaimOutcome::Condemned => {
                    files.condemned.notify_one();
                    sleep(CLAIM_INTERVAL).await;
                }
            }
        }
        Err(Error::new(ErrorCode::Busy, "A blob is not removed in time."))
    }
}
