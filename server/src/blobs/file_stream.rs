//! Reads a file of the folder piece by piece.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
    path::PathBuf,
};

use bytes::Bytes;
use futures_util::stream;
use tokio::task::spawn_blocking;

use super::stream::{BlobError, OpenBlob, READ_BYTES};

/// Opens a file, or a range of it.
pub(super) async fn open(path: PathBuf, range: Option<Range<u64>>) -> Result<OpenBlob, BlobError> {
    let opened = spawn_blocking(move || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let range = range.unwrap_or(0..length);
        if range.start > 0 {
            file.seek(SeekFrom::Start(range.start))?;
        }
        Ok::<_, BlobError>((file, length, range.end.min(length).saturating_sub(range.start)))
    });
    let (file, length, left) = opened.await??;
    let bytes = stream::try_unfold((file, left), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let read = spawn_blocking(move || {
            let size = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
            let mut buffer = vec![0; size];
            file.read_exact(&mut buffer)?;
            Ok::<_, BlobError>((Bytes::from(buffer), file))
        });
        let (bytes, file) = read.await??;
        let left = left - bytes.len() as u64;
        Ok(Some((bytes, (file, left))))
    });
    Ok(OpenBlob { length, bytes: Box::pin(bytes) })
}
