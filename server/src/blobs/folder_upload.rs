//! Uploads in a folder: a file each, which grows. It becomes a blob by a second name, without being copied.

use std::{
    fs::{self, File},
    io::{ErrorKind, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use confab_shared::id::AttachmentId;
use tokio::task::spawn_blocking;

use super::{stream::BlobError, sync};

/// How many bytes are collected in memory before they are written.
const WRITE_BYTES: usize = 1024 * 1024;

/// After how many bytes the disk is waited for. The disk then never has so much to write at once that the commits of
/// messages would wait for it.
const SYNC_BYTES: u64 = 8 * 1024 * 1024;

/// The file of an upload.
pub(super) fn path(folder: &Path, id: AttachmentId) -> PathBuf {
    folder.join("uploads").join(id.to_string())
}

/// How long the file is; 0 where there is none.
pub(super) async fn offset(path: PathBuf) -> Result<u64, BlobError> {
    spawn_blocking(move || match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    })
    .await?
}

/// Removes the file; one that is not there is fine.
pub(super) async fn remove(path: PathBuf) -> Result<(), BlobError> {
    spawn_blocking(move || match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    })
    .await?
}

/// Appends to the file of an upload.
pub struct FolderWriter {
    /// None while it is written to, and after an error.
    file: Option<File>,
    buffer: Vec<u8>,
    offset: u64,
    unsynced: u64,
}

impl FolderWriter {
    /// Opens the file, which ends at an offset; it is made where there is none.
    pub(super) async fn open(folder: &Path, id: AttachmentId, offset: u64) -> Result<Self, BlobError> {
        let path = path(folder, id);
        let file = spawn_blocking(move || {
            // At the offset, and not at the end: what another node still has of a connection that broke is the same bytes.
            let mut file = File::options().write(true).create(true).truncate(false).open(&path)?;
            file.seek(SeekFrom::Start(offset))?;
            if offset == 0 {
                sync::sync_folder(path.parent().unwrap_or(&path))?;
            }
            Ok::<_, BlobError>(file)
        });
        Ok(Self { file: Some(file.await??), buffer: Vec::new(), offset, unsynced: 0 })
    }

    /// Makes a file.
    pub(super) async fn create(path: PathBuf) -> Result<Self, BlobError> {
        let file = spawn_blocking(move || File::create_new(path)).await??;
        Ok(Self { file: Some(file), buffer: Vec::new(), offset: 0, unsynced: 0 })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.buffer.extend_from_slice(bytes);
        self.offset += bytes.len() as u64;
        if self.buffer.len() < WRITE_BYTES {
            return Ok(());
        }
        self.unsynced += self.buffer.len() as u64;
        let sync = self.unsynced >= SYNC_BYTES;
        if sync {
            self.unsynced = 0;
        }
        self.flush(sync).await
    }

    /// Writes what is collected, and waits for the disk where that is asked for.
    async fn flush(&mut self, sync: bool) -> Result<(), BlobError> {
        let gone = || BlobError::Failed("an earlier write failed".to_owned());
        let (mut file, mut buffer) = (self.file.take().ok_or_else(gone)?, std::mem::take(&mut self.buffer));
        let written = spawn_blocking(move || {
            file.write_all(&buffer)?;
            if sync {
                file.sync_data()?;
            }
            buffer.clear();
            Ok::<_, BlobError>((file, buffer))
        });
        let (file, buffer) = written.await??;
        (self.file, self.buffer) = (Some(file), buffer);
        Ok(())
    }

    pub(super) async fn finish(mut self) -> Result<u64, BlobError> {
        self.flush(true).await?;
        Ok(self.offset)
    }
}
