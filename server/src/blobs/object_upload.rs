//! Uploads in a bucket, where nothing can be appended to: an object for each run of bytes, named by where it begins. Any node of
//! a cluster goes on with them. They become a blob by being copied within the bucket, or read and written where there are
//! several.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use confab_shared::id::AttachmentId;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, path::Path};

use super::stream::{BlobError, ByteStream};

/// How many bytes are sent to the bucket at once: S3 takes 5 MiB at least, but for the last ones.
const CHUNK_BYTES: usize = 5 * 1024 * 1024;

/// The largest object that S3 copies in one request
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>).
const MAX_COPY: u64 = 5 * 1024 * 1024 * 1024;

fn folder(id: AttachmentId) -> Path {
    Path::from(format!("uploads/{id}"))
}

fn part_path(id: AttachmentId, offset: u64) -> Path {
    Path::from(format!("uploads/{id}/{offset:020}"))
}

/// The objects of an upload that follow each other from its beginning.
pub(super) struct Parts {
    paths: Vec<Path>,
    end: u64,
}

impl Parts {
    /// How far they go.
    pub(super) fn end(&self) -> u64 {
        self.end
    }
}

/// The objects of an upload.
pub(super) async fn parts(store: &dyn ObjectStore, id: AttachmentId) -> Result<Parts, BlobError> {
    let mut objects: Vec<_> = store.list(Some(&folder(id))).try_collect().await?;
    objects.sort_unstable_by(|one, other| one.location.cmp(&other.location));
    let mut parts = Parts { paths: Vec::new(), end: 0 };
    for object in objects {
        if object.location == part_path(id, parts.end) && object.size > 0 {
            parts.end += object.size;
            parts.paths.push(object.location);
        }
    }
    Ok(parts)
}

/// Removes the objects of an upload.
pub(super) async fn remove(store: &dyn ObjectStore, id: AttachmentId) -> Result<(), BlobError> {
    let objects: Vec<_> = store.list(Some(&folder(id))).try_collect().await?;
    for object in objects {
        match store.delete(&object.location).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The bytes of the objects, one after the other.
pub(super) fn read(store: &Arc<dyn ObjectStore>, parts: &Parts) -> ByteStream {
    let (store, paths) = (Arc::clone(store), parts.paths.clone());
    let objects = stream::iter(paths).then(move |path| {
        let store = Arc::clone(&store);
        async move { Ok::<_, BlobError>(store.get(&path).await?.into_stream().map_err(BlobError::from)) }
    });
    Box::pin(objects.try_flatten())
}

/// The first bytes.
pub(super) async fn first_bytes(
    store: &Arc<dyn ObjectStore>,
    parts: &Parts,
    wanted: u64,
) -> Result<Bytes, BlobError> {
    let wanted = usize::try_from(wanted).map_err(|_| BlobError::Failed("too many bytes".to_owned()))?;
    let mut bytes = BytesMut::with_capacity(wanted);
    let mut stream = read(store, parts);
    while bytes.len() < wanted
        && let Some(chunk) = stream.try_next().await?
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(wanted - bytes.len())]);
    }
    Ok(bytes.freeze())
}

/// Stores the bytes of an upload as a blob.
pub(super) async fn store(
    store: &Arc<dyn ObjectStore>,
    id: AttachmentId,
    blob: &Path,
) -> Result<(), BlobError> {
    let parts = parts(&**store, id).await?;
    match parts.paths.as_slice() {
        [] => {
            store.put(blob, PutPayload::new()).await?;
        }
        [only] if parts.end() <= MAX_COPY => store.copy(only, blob).await?,
        _ => {
            let mut writer = Chunks::new(Arc::clone(store), blob.clone());
            let mut bytes = read(store, &parts);
            while let Some(chunk) = bytes.try_next().await? {
                writer.write(chunk).await?;
            }
            writer.finish().await?;
        }
    }
    Ok(())
}

/// Writes an object of any size, some bytes at a time.
pub(super) struct Chunks {
    store: Arc<dyn ObjectStore>,
    path: Path,
    buffer: BytesMut,
    /// Once there are more bytes than are sent at once.
    multipart: Option<Box<dyn MultipartUpload>>,
}

impl Chunks {
    pub(super) fn new(store: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self { store, path, buffer: BytesMut::new(), multipart: None }
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.buffer.extend_from_slice(&bytes);
        if self.buffer.len() < CHUNK_BYTES {
            return Ok(());
        }
        self.send().await
    }

    async fn send(&mut self) -> Result<(), BlobError> {
        let multipart = match &mut self.multipart {
            Some(multipart) => multipart,
            none => none.insert(self.store.put_multipart(&self.path).await?),
        };
        multipart.put_part(self.buffer.split().freeze().into()).await?;
        Ok(())
    }

    /// Gives up what was sent, which the bucket would keep otherwise.
    pub(super) async fn abort(self) {
        if let Some(mut multipart) = self.multipart
            && let Err(error) = multipart.abort().await
        {
            tracing::warn!(%error, "failed to give up a part of an object: a rule of the bucket has to remove it");
        }
    }

    pub(super) async fn finish(mut self) -> Result<(), BlobError> {
        if self.multipart.is_none() {
            self.store.put(&self.path, self.buffer.freeze().into()).await?;
            return Ok(());
        }
        if !self.buffer.is_empty() {
            self.send().await?;
        }
        if let Some(mut multipart) = self.multipart {
            multipart.complete().await?;
        }
        Ok(())
    }
}

/// Adds an object to an upload.
pub struct ObjectWriter {
    chunks: Chunks,
    offset: u64,
    written: u64,
}

impl ObjectWriter {
    pub(super) fn new(store: Arc<dyn ObjectStore>, id: AttachmentId, offset: u64) -> Self {
        Self { chunks: Chunks::new(store, part_path(id, offset)), offset, written: 0 }
    }

    pub(super) async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.written += bytes.len() as u64;
        self.chunks.write(bytes).await
    }

    pub(super) async fn finish(self) -> Result<u64, BlobError> {
        if self.written > 0 {
            self.chunks.finish().await?;
        }
        Ok(self.offset + self.written)
    }
}
