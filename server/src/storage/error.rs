//! Why storage did not do something.

use std::{sync::Arc, time::Duration};

/// A read or a write that did not happen.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    /// The backend failed: a full disk, a file that cannot be read.
    #[error("storage failed: {0}")]
    Failed(Arc<str>),
    /// The backend is away for now: its server is stopped, or cannot be reached.
    #[error("storage is away: {cause}")]
    Unavailable {
        /// What failed.
        cause: Arc<str>,
        /// When to try again.
        retry_after: Duration,
    },
    /// The storage is closing and takes nothing more.
    #[error("storage is closed")]
    Closed,
}
