//! Copies blobs from one store to another: backups, their way back, and moves.

use super::{BlobError, BlobStore};
use crate::domain::attachment::BlobHash;

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transferred {
    /// How many blobs were copied.
    pub copied: u64,
    /// How many were there already.
    pub present: u64,
    /// Those that the source does not have.
    pub missing: Vec<BlobHash>,
}

/// Copies those of some blobs that a store lacks from another, and reports how many are done.
///
/// # Errors
/// The stores', and where the bytes of a blob are not those of its name.
pub async fn transfer(
    from: &BlobStore,
    to: &BlobStore,
    blobs: &[BlobHash],
    report: &mut dyn FnMut(u64, u64),
) -> Result<Transferred, BlobError> {
    let mut transferred = Transferred::default();
    for (index, blob) in blobs.iter().enumerate() {
        if to.contains(*blob).await? {
            transferred.present += 1;
        } else {
            match from.open_blob(*blob, None).await {
                Ok(open) => {
                    to.put_stream(*blob, open.bytes).await?;
                    transferred.copied += 1;
                }
                Err(BlobError::NotFound) => transferred.missing.push(*blob),
                Err(error) => return Err(error),
            }
        }
        report(index as u64 + 1, blobs.len() as u64);
    }
    Ok(transferred)
}
