//! Connections that search the index.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::file::IndexFile;
use crate::storage::StorageError;

/// How many search at once; more wait their turn.
const CONNECTIONS: usize = 2;

pub(super) struct IndexReaders {
    file: Arc<IndexFile>,
    turns: Arc<Semaphore>,
    /// Each with the generation of the file that it has open.
    idle: Mutex<Vec<(u64, Connection)>>,
}

impl IndexReaders {
    pub(super) fn new(file: Arc<IndexFile>) -> Self {
        Self { file, turns: Arc::new(Semaphore::new(CONNECTIONS)), idle: Mutex::default() }
    }

    /// Waits for a turn to search.
    pub(super) async fn turn(&self) -> Result<OwnedSemaphorePermit, StorageError> {
        Arc::clone(&self.turns).acquire_owned().await.map_err(|_| StorageError::Closed)
    }

    /// Searches the index; none where there is none.
    pub(super) fn with<T>(
        &self,
        search: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        let generation = self.file.generation();
        let Some(connection) = self.take(generation)? else { return Ok(None) };
        let snapshot = connection.unchecked_transaction()?;
        let found = search(&snapshot)?;
        snapshot.commit()?;
        self.idle().push((generation, connection));
        Ok(Some(found))
    }

    fn take(&self, generation: u64) -> rusqlite::Result<Option<Connection>> {
        let idle = {
            let mut idle = self.idle();
            idle.retain(|(opened, _)| *opened == generation);
            idle.pop()
        };
        match idle {
            Some((_, connection)) if !self.file.is_stale() => Ok(Some(connection)),
            _ => self.file.open_for_reading(),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Connection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
