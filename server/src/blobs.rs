//! The bytes of attachments: blobs, which are named by their content, and uploads, which grow until they become one. In a
//! folder, or in a bucket of S3.
//!
//! What a call stored is on disk when it returns: a blob appears under its name whole, and a blob that is there already is written
//! anew, so that nothing trusts what a crash may have left. Which blobs are used, and when one is removed, is storage's.
//!
//! ```text
//! sha256/ab/abcd...          a blob
//! uploads/<id>               an upload, in a folder: one file that is appended to
//! uploads/<id>/<offset>      an upload, in a bucket: an object for each run of bytes
//! ```

mod file_stream;
mod folder_upload;
mod object_upload;
mod stream;
mod sync;
mod transfer;

use std::{
    fs::DirBuilder,
    future::ready,
    ops::Range,
    os::unix::fs::DirBuilderExt,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use bytes::Bytes;
use confab_shared::id::{AttachmentId, Timestamp};
use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::{
    GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, aws::AmazonS3Builder,
    local::LocalFileSystem, path::Path, prefix::PrefixStore,
};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;
use url::Url;

use self::{
    folder_upload::FolderWriter,
    object_upload::{Chunks, ObjectWriter},
};
pub use self::{
    stream::{BlobError, ByteStream, OpenBlob},
    transfer::{Transferred, transfer},
};
use crate::{crypto_provider, domain::attachment::BlobHash};

/// The folder of blobs in the data folder.
pub const BLOBS_FOLDER: &str = "blobs";

/// A blob or an upload in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed<T> {
    /// Its name.
    pub name: T,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it was written last.
    pub modified: Timestamp,
}

/// Where an upload's bytes can be read.
pub enum UploadSource {
    /// A file of this machine.
    File(PathBuf),
    /// The bytes themselves, or as many of the first as were asked for.
    Bytes(Bytes),
}

/// The store of blobs.
pub struct BlobStore {
    store: Arc<dyn ObjectStore>,
    /// Where it is a folder.
    folder: Option<PathBuf>,
    name: String,
}

impl BlobStore {
    /// Opens the store of an address: `s3://bucket/prefix`, or a folder, which is made where it is missing.
    ///
    /// # Errors
    /// Where the folder cannot be made, and where the address or the environment (`AWS_*`) is wrong.
    pub fn open(address: &str) -> anyhow::Result<Self> {
        if address.starts_with("s3://") {
            Self::bucket(address)
        } else {
            Self::folder(FilePath::new(address))
        }
    }

    /// Opens a folder.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn folder(folder: &FilePath) -> anyhow::Result<Self> {
        let shown = folder.display();
        for part in ["sha256", "uploads"] {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder.join(part));
            made.with_context(|| format!("failed to make the folder of blobs {shown}"))?;
        }
        let store = LocalFileSystem::new_with_prefix(folder)
            .with_context(|| format!("failed to open the folder of blobs {shown}"))?;
        let name = shown.to_string();
        Ok(Self { store: Arc::new(store), folder: Some(folder.to_owned()), name })
    }

    fn bucket(address: &str) -> anyhow::Result<Self> {
        // The client of the bucket takes the provider of cryptography that the process has.
        crypto_provider::install();
        let url = Url::parse(address).context("the address of a bucket is like s3://bucket/prefix")?;
        let bucket = url.host_str().context("the address of a bucket is like s3://bucket/prefix")?;
        let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build();
        let store = store.with_context(|| format!("failed to use the bucket {bucket}"))?;
        let prefix = Path::from(url.path().trim_matches('/'));
        let store: Arc<dyn ObjectStore> = if prefix.as_ref().is_empty() {
            Arc::new(store)
        } else {
            Arc::new(PrefixStore::new(store, prefix))
        };
        Ok(Self { store, folder: None, name: address.to_owned() })
    }

    /// Where it is, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a folder of this machine.
    pub fn is_folder(&self) -> bool {
        self.folder.is_some()
    }

    /// Finds out whether the store answers.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn probe(&self) -> Result<(), BlobError> {
        match self.store.head(&Path::from("sha256/none")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// How many bytes of an upload there are.
    ///
    /// # Errors
    /// The store's.
    pub async fn upload_offset(&self, id: AttachmentId) -> Result<u64, BlobError> {
        match &self.folder {
            Some(folder) => folder_upload::offset(folder_upload::path(folder, id)).await,
            None => Ok(object_upload::parts(&*self.store, id).await?.end()),
        }
    }

    /// Begins to add bytes to an upload, which has come to an offset. One writer at a time.
    ///
    /// # Errors
    /// [`BlobError::WrongOffset`]; the store's.
    pub async fn append(&self, id: AttachmentId, offset: u64) -> Result<UploadWriter, BlobError> {
        let end = self.upload_offset(id).await?;
        if end != offset {
            return Err(BlobError::WrongOffset(end));
        }
        Ok(match &self.folder {
            Some(folder) => UploadWriter::Folder(FolderWriter::open(folder, id, offset).await?),
            None => UploadWriter::Objects(ObjectWriter::new(Arc::clone(&self.store), id, offset)),
        })
    }

    /// Removes the bytes of an upload.
    ///
    /// # Errors
    /// The store's.
    pub async fn remove_upload(&self, id: AttachmentId) -> Result<(), BlobError> {
        match &self.folder {
            Some(folder) => folder_upload::remove(folder_upload::path(folder, id)).await,
            None => object_upload::remove(&*self.store, id).await,
        }
    }

    /// The bytes of an upload for being read: all where there are at most so many, otherwise at least the first
    /// 64 KiB.
    ///
    /// # Errors
    /// The store's.
    pub async fn upload_source(&self, id: AttachmentId, all_up_to: u64) -> Result<UploadSource, BlobError> {
        match &self.folder {
            Some(folder) => Ok(UploadSource::File(folder_upload::path(folder, id))),
            None => {
                let parts = object_upload::parts(&*self.store, id).await?;
                let wanted = if parts.end() <= all_up_to { parts.end() } else { 64 * 1024 };
                Ok(UploadSource::Bytes(object_upload::first_bytes(&self.store, &parts, wanted).await?))
            }
        }
    }

    /// The name of the blob that an upload becomes.
    ///
    /// # Errors
    /// The store's.
    pub async fn hash_upload(&self, id: AttachmentId) -> Result<BlobHash, BlobError> {
        match &self.folder {
            Some(folder) => {
                let path = folder_upload::path(folder, id);
                spawn_blocking(move || sync::hash_file(&path)).await?.map_err(Into::into)
            }
            None => {
                let parts = object_upload::parts(&*self.store, id).await?;
                let mut bytes = object_upload::read(&self.store, &parts);
                let mut hasher = Sha256::new();
                while let Some(chunk) = bytes.try_next().await? {
                    hasher.update(&chunk);
                }
                Ok(BlobHash(hasher.finalize().into()))
            }
        }
    }

    /// Stores an upload as the blob of its name. The upload stays.
    ///
    /// # Errors
    /// The store's.
    pub async fn store_upload(&self, id: AttachmentId, blob: BlobHash) -> Result<(), BlobError> {
        match &self.folder {
            Some(folder) => {
                let (from, to) = (folder_upload::path(folder, id), self.blob_file(folder, blob));
                spawn_blocking(move || sync::link_or_copy(&from, &to)).await?.map_err(Into::into)
            }
            None => object_upload::store(&self.store, id, &blob_path(blob)).await,
        }
    }

    /// Stores bytes as the blob of their name.
    ///
    /// # Errors
    /// The store's.
    pub async fn put(&self, blob: BlobHash, bytes: Bytes) -> Result<(), BlobError> {
        match &self.folder {
            Some(folder) => {
                let to = self.blob_file(folder, blob);
                spawn_blocking(move || sync::write(&to, &bytes)).await?.map_err(Into::into)
            }
            None => {
                self.store.put(&blob_path(blob), bytes.into()).await?;
                Ok(())
            }
        }
    }

    /// How many bytes a blob has.
    ///
    /// # Errors
    /// [`BlobError::NotFound`]; the store's.
    pub async fn length(&self, blob: BlobHash) -> Result<u64, BlobError> {
        Ok(self.store.head(&blob_path(blob)).await?.size)
    }

    /// Whether there is a blob.
    ///
    /// # Errors
    /// The store's.
    pub async fn contains(&self, blob: BlobHash) -> Result<bool, BlobError> {
        match self.length(blob).await {
            Ok(_) => Ok(true),
            Err(BlobError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Stores bytes as the blob of their name, which is checked.
    ///
    /// # Errors
    /// Where the bytes have another name; the store's.
    pub async fn put_stream(&self, blob: BlobHash, mut bytes: ByteStream) -> Result<(), BlobError> {
        let mut writer = match &self.folder {
            Some(folder) => {
                let to = self.blob_file(folder, blob);
                let temporary = sync::temporary(&to);
                sync::prepare(&temporary).await?;
                BlobWriter::Folder(FolderWriter::create(temporary.clone()).await?, temporary, to)
            }
            None => BlobWriter::Objects(Chunks::new(Arc::clone(&self.store), blob_path(blob))),
        };
        let mut hasher = Sha256::new();
        let copied = async {
            while let Some(chunk) = bytes.try_next().await? {
                hasher.update(&chunk);
                match &mut writer {
                    BlobWriter::Folder(file, ..) => file.write(&chunk).await?,
                    BlobWriter::Objects(chunks) => chunks.write(chunk).await?,
                }
            }
            Ok::<_, BlobError>(())
        };
        let copied = copied.await;
        let is_same = copied.is_ok() && BlobHash(hasher.finalize().into()) == blob;
        match writer {
            BlobWriter::Folder(file, temporary, to) if is_same => {
                file.finish().await?;
                spawn_blocking(move || sync::give_name(&temporary, &to)).await??;
            }
            BlobWriter::Folder(_, temporary, _) => {
                spawn_blocking(move || std::fs::remove_file(&temporary)).await??;
            }
            BlobWriter::Objects(chunks) if is_same => chunks.finish().await?,
            BlobWriter::Objects(chunks) => chunks.abort().await,
        }
        copied?;
        match is_same {
            true => Ok(()),
            false => Err(BlobError::Failed(format!("the bytes of {blob} are not those of its name"))),
        }
    }

    /// Whether the bytes of a blob are those of its name. None where there is no such blob.
    ///
    /// # Errors
    /// The store's.
    pub async fn verify(&self, blob: BlobHash) -> Result<Option<bool>, BlobError> {
        let mut open = match self.open_blob(blob, None).await {
            Err(BlobError::NotFound) => return Ok(None),
            opened => opened?,
        };
        let mut hasher = Sha256::new();
        while let Some(chunk) = open.bytes.try_next().await? {
            hasher.update(&chunk);
        }
        Ok(Some(BlobHash(hasher.finalize().into()) == blob))
    }

    /// Opens a blob, or a range of it.
    ///
    /// # Errors
    /// [`BlobError::NotFound`]; the store's.
    pub async fn open_blob(&self, blob: BlobHash, range: Option<Range<u64>>) -> Result<OpenBlob, BlobError> {
        if let Some(folder) = &self.folder {
            return file_stream::open(self.blob_file(folder, blob), range).await;
        }
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&blob_path(blob), options).await?;
        let length = found.meta.size;
        Ok(OpenBlob { length, bytes: Box::pin(found.into_stream().map_err(Into::into)) })
    }

    /// Removes a blob; one that is not there is fine.
    ///
    /// # Errors
    /// The store's.
    pub async fn remove(&self, blob: BlobHash) -> Result<(), BlobError> {
        if let Some(folder) = &self.folder {
            let path = self.blob_file(folder, blob);
            return Ok(spawn_blocking(move || sync::remove(&path)).await??);
        }
        match self.store.delete(&blob_path(blob)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes what interrupted writes left under temporary names before a time. A bucket has no such names.
    ///
    /// # Errors
    /// The store's.
    pub async fn remove_temporaries(&self, before: Timestamp) -> Result<(), BlobError> {
        let Some(blobs) = self.folder.as_ref().map(|folder| folder.join("sha256")) else { return Ok(()) };
        Ok(spawn_blocking(move || sync::remove_temporaries(&blobs, before)).await??)
    }

    /// All blobs, in no order.
    pub fn list(&self) -> impl Stream<Item = Result<Listed<BlobHash>, BlobError>> + Send + use<> {
        let listed = self.store.list(Some(&Path::from("sha256")));
        listed.filter_map(|object| ready(entry(object, |path| path.filename()?.parse().ok())))
    }

    /// The uploads of which there are bytes, in no order; of one, several entries may be.
    pub fn list_uploads(&self) -> impl Stream<Item = Result<Listed<AttachmentId>, BlobError>> + Send + use<> {
        let listed = self.store.list(Some(&Path::from("uploads")));
        let name = |path: &Path| path.parts().nth(1)?.as_ref().parse().ok().map(AttachmentId);
        listed.filter_map(move |object| ready(entry(object, name)))
    }

    fn blob_file(&self, folder: &FilePath, blob: BlobHash) -> PathBuf {
        folder.join(blob_path(blob).as_ref())
    }
}

/// An entry of a list; none for what has no such name.
fn entry<T>(
    object: Result<ObjectMeta, object_store::Error>,
    name: impl Fn(&Path) -> Option<T>,
) -> Option<Result<Listed<T>, BlobError>> {
    let object = match object {
        Ok(object) => object,
        Err(error) => return Some(Err(error.into())),
    };
    let modified = Timestamp(u64::try_from(object.last_modified.timestamp_millis()).unwrap_or_default());
    Some(Ok(Listed { name: name(&object.location)?, bytes: object.size, modified }))
}

fn blob_path(blob: BlobHash) -> Path {
    let name = blob.to_string();
    Path::from(format!("sha256/{}/{name}", &name[..2]))
}

/// The name of the blob of bytes.
pub fn hash(bytes: &[u8]) -> BlobHash {
    BlobHash(Sha256::digest(bytes).into())
}

/// Writes a blob.
enum BlobWriter {
    /// To a file, which has a temporary name first.
    Folder(FolderWriter, PathBuf, PathBuf),
    /// To a bucket.
    Objects(Chunks),
}

/// Adds bytes to an upload.
pub enum UploadWriter {
    /// To a file.
    Folder(FolderWriter),
    /// To a bucket.
    Objects(ObjectWriter),
}

impl UploadWriter {
    /// Adds bytes.
    ///
    /// # Errors
    /// The store's.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        match self {
            Self::Folder(writer) => writer.write(&bytes).await,
            Self::Objects(writer) => writer.write(bytes).await,
        }
    }

    /// Ends: what was added is on disk. Answers how far the upload has come.
    ///
    /// # Errors
    /// The store's.
    pub async fn finish(self) -> Result<u64, BlobError> {
        match self {
            Self::Folder(writer) => writer.finish().await,
            Self::Objects(writer) => writer.finish().await,
        }
    }
}

#[cfg(test)]
mod tests;
