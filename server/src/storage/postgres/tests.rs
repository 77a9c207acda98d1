//! Runs the conformance suite on the Postgres backend.

use async_trait::async_trait;
use confab_postgres_fixture as fixture;
use tokio::sync::mpsc;

use super::Postgres;
use crate::{
    domain::notification::CommitNotification,
    storage::{
        Storage,
        conformance::{Backend, conformance},
    },
};

/// The backend under test, in a database of its own.
pub struct InDatabase {
    address: String,
    storage: Postgres,
}

impl InDatabase {
    async fn at(address: String, publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
        let storage = Postgres::open(&address, publisher).await.unwrap();
        Self { address, storage }
    }
}

#[async_trait]
impl Backend for InDatabase {
    /// Each read is some round trips.
    const CASES: u32 = 16;

    fn is_installed() -> bool {
        fixture::shared().is_some()
    }

    async fn open(publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
        Self::at(fixture::shared().expect("it is installed").database(), publisher).await
    }

    fn storage(&self) -> &dyn Storage {
        &self.storage
    }

    /// The database holds what a killed node leaves: nothing is closed.
    async fn reopen_after_kill(self, publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
        Self::at(self.address, publisher).await
    }
}

conformance!(InDatabase);
