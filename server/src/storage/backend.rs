//! Opens the backend that the flags choose.

use std::{path::Path, sync::Arc};

use tokio::sync::mpsc;

use super::{Storage, data_folder, postgres::Postgres, sqlite::Sqlite};
use crate::domain::notification::CommitNotification;

/// Opens the Postgres database of an address, or where there is none the SQLite database in the data folder. What commits
/// did goes to `publisher`.
///
/// # Errors
/// The backend's.
pub async fn open(
    database: Option<&str>,
    folder: &Path,
    publisher: mpsc::Sender<Vec<CommitNotification>>,
) -> anyhow::Result<Arc<dyn Storage>> {
    let Some(address) = database else { return Ok(Arc::new(Sqlite::open(folder, publisher)?)) };
    if data_folder::has_database(folder) {
        tracing::warn!(
            folder = %folder.display(),
            "the data folder has a database of its own, which is not used: `--database` names another"
        );
    }
    Ok(Arc::new(Postgres::open(address, publisher).await?))
}
