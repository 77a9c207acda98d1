//! Connections that read: a few, opened when first needed, each used by one blocking task at a time.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection::connect;
use crate::storage::StorageError;

/// How many read at once; more wait their turn.
const CONNECTIONS: usize = 4;

#[derive(Clone)]
pub(in crate::storage::sqlite) struct Readers(Arc<Pool>);

struct Pool {
    file: PathBuf,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(in crate::storage::sqlite) fn new(file: PathBuf) -> Self {
        Self(Arc::new(Pool { file, turns: Arc::new(Semaphore::new(CONNECTIONS)), idle: Mutex::default() }))
    }

    /// Runs a read on a thread where it may block.
    pub(in crate::storage::sqlite) async fn run<T, F>(&self, read: F) -> Result<T, StorageError>
    where
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let pool = Arc::clone(&self.0);
        let turns = Arc::clone(&self.0.turns);
        let turn = turns.acquire_owned().await.map_err(|_| StorageError::Closed)?;
        tokio::task::spawn_blocking(move || {
            // Until the read ends, also where the caller is gone by then.
            let _turn = turn;
            let connection = pool.take()?;
            let result = in_snapshot(&connection, read);
            pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Ok(result?)
        })
        .await
        .map_err(|panic| StorageError::Failed(panic.to_string().into()))?
    }
}

impl Pool {
    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let connection = connect(&self.file)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

/// All statements of one read see the same commit.
fn in_snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let snapshot = connection.unchecked_transaction()?;
    let result = read(&snapshot)?;
    snapshot.commit()?;
    Ok(result)
}
