//! Runs the conformance suite on the SQLite backend.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use async_trait::async_trait;
use confab_shared::{
    id::Timestamp,
    text::{MessageText, UserName},
};
use tempfile::TempDir;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    Sqlite,
    engine::write_ahead_log::{LONG, PAGE},
};
use crate::{
    domain::{
        command::{Command, Post},
        notification::CommitNotification,
        sign_in::UserKind,
    },
    storage::{
        Commands, EVERYONE, NewName, Storage, Users,
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

/// The most bytes that the write-ahead log may have, and one transaction more.
const MAX_LOG_BYTES: u64 = 64 * 1024 * 1024;

/// Records the largest size of a file, until its result is dropped.
fn watch(file: std::path::PathBuf, largest: &Arc<AtomicU64>) {
    let largest = Arc::downgrade(largest);
    thread::spawn(move || {
        while let Some(largest) = largest.upgrade() {
            largest.fetch_max(fs::metadata(&file).unwrap().len(), Ordering::Relaxed);
            thread::sleep(Duration::from_millis(2));
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_bounded_while_the_writer_is_never_idle_and_short_at_rest() {
    const SENDERS: usize = 4;
    const JOBS: usize = 32;
    let (publisher, mut published) = mpsc::channel(16);
    tokio::spawn(async move { while published.recv().await.is_some() {} });
    let InFolder { folder, storage } = InFolder::open(publisher).await;
    let file = folder.path().join("confab.db-wal");
    let largest = Arc::new(AtomicU64::new(0));
    watch(file.clone(), &largest);
    let name = NewName::of(UserName::new("mei").unwrap());
    let mei = storage.ensure_user(name, UserKind::Page, Timestamp(1)).await.unwrap().unwrap().user;
    // A MiB each: 128 MiB in all, which are written twice, to the write buffer and by compaction.
    let text = MessageText::new(&"x".repeat(MessageText::MAX_BYTES)).unwrap();
    let command =
        Command { actor: mei, client_id: None, at: Timestamp(1), body: Post::new(EVERYONE, text).into() };
    let (storage, mut senders) = (Arc::new(storage), JoinSet::new());
    for _ in 0..SENDERS {
        let (storage, command) = (Arc::clone(&storage), command.clone());
        senders.spawn(async move {
            for _ in 0..JOBS {
                let outcomes = storage.submit(vec![command.clone(); 64]).await.await;
                assert!(outcomes.iter().all(|outcome| outcome.as_ref().is_ok_and(Result::is_ok)));
            }
        });
    }
    senders.join_all().await;
    let largest = largest.load(Ordering::Relaxed);
    assert!(largest < MAX_LOG_BYTES, "it had {largest} bytes");
    let at_rest = async {
        while fs::metadata(&file).unwrap().len() != LONG as u64 * PAGE {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), at_rest).await.expect("at rest it has its usual size");
}
