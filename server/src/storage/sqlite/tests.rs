//! Runs the conformance suite on the SQLite backend.

use std::fs;

use async_trait::async_trait;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::Sqlite;
use crate::{
    domain::notification::CommitNotification,
    storage::{
        Storage,
        conformance::{Backend, conformance},
    },
};

/// The backend under test, in a folder of its own.
pub struct InFolder {
    folder: TempDir,
    storage: Sqlite,
}

#[async_trait]
impl Backend for InFolder {
    async fn open(publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let storage = Sqlite::open(folder.path(), publisher).unwrap();
        Self { folder, storage }
    }

    fn storage(&self) -> &dyn Storage {
        &self.storage
    }

    /// What the files hold now is what a killed process leaves: nothing is closed, nothing compacted.
    async fn reopen_after_kill(self, publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
        let left = tempfile::tempdir().unwrap();
        for file in ["confab.db", "confab.db-wal"] {
            fs::copy(self.folder.path().join(file), left.path().join(file)).unwrap();
        }
        let storage = Sqlite::open(left.path(), publisher).unwrap();
        Self { folder: left, storage }
    }
}

conformance!(InFolder);
