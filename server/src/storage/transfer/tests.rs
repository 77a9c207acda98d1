//! Everything moves, also where a move is interrupted, and what differs is noticed.

mod postgres;
mod world;

use std::{
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::mpsc;

use self::world::{answers, fill};
use super::{Export, Import, Marker, Record, Section, Step, TargetState, digest::Digests, moving::move_all};
use crate::storage::{Storage, StorageError, sqlite::Sqlite};

/// So few records to a page that every section takes several.
const PAGE: usize = 2;

/// The storage of a folder, as a server opens it.
fn serve(folder: &Path) -> Sqlite {
    Sqlite::open(folder, mpsc::channel(10_000).0).unwrap()
}

/// A folder with something of everything, and what is read of it.
async fn filled() -> (TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let storage = serve(folder.path());
    fill(&storage).await;
    let read = answers(&storage).await;
    storage.close().await;
    (folder, read)
}

async fn moved(from: &Path, to: &Path) -> anyhow::Result<Digests> {
    let (source, target) = (Sqlite::open_source(from).await?, Sqlite::open_target(to)?);
    move_all(&source, &target, PAGE, &mut |_| ()).await
}

#[tokio::test]
async fn everything_that_is_read_moves() {
    let (from, read) = filled().await;
    let (there, back) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = moved(from.path(), there.path()).await.unwrap();
    let storage = serve(there.path());
    assert_eq!(answers(&storage).await, read);
    storage.close().await;
    drop(storage);
    assert_eq!(moved(there.path(), back.path()).await.unwrap(), first);
    for (section, digest) in &first.sections {
        assert!(digest.count > 0, "the test has no {section}");
    }
}

#[tokio::test]
async fn retry_of_a_moved_command_has_the_same_answer() {
    let (from, _) = filled().await;
    let to = tempfile::tempdir().unwrap();
    moved(from.path(), to.path()).await.unwrap();
    let (old, new) = (serve(from.path()), serve(to.path()));
    assert_eq!(world::retry(&new).await, world::retry(&old).await);
    assert_eq!(answers(&new).await, answers(&old).await, "nothing was carried out again");
}

/// A target that fails after so many pages, or alters what it is given.
struct Faulty {
    target: Sqlite,
    pages: AtomicUsize,
    lost: Option<Section>,
}

#[async_trait]
impl Export for Faulty {
    async fn count(&self, section: Section) -> Result<u64, StorageError> {
        self.target.count(section).await
    }

    async fn page(
        &self,
        section: Section,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StorageError> {
        self.target.page(section, after, limit).await
    }
}

#[async_trait]
impl Import for Faulty {
    async fn state(&self) -> Result<TargetState, StorageError> {
        self.target.state().await
    }

    async fn begin(&self, marker: &Marker) -> Result<(), StorageError> {
        self.target.begin(marker).await
    }

    async fn import(&self, mut records: Vec<Record>, marker: &Marker) -> Result<(), StorageError> {
        let left = self.pages.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| StorageError::Closed)?;
        if self.lost == Some(marker.section) {
            records.pop();
        }
        self.target.import(records, marker).await
    }

    async fn finish(&self) -> Result<(), StorageError> {
        self.target.finish().await
    }
}

async fn moved_by(from: &Path, to: &Path, pages: usize, lost: Option<Section>) -> anyhow::Result<Digests> {
    let source = Sqlite::open_source(from).await?;
    let target = Faulty { target: Sqlite::open_target(to)?, pages: pages.into(), lost };
    move_all(&source, &target, PAGE, &mut |_| ()).await
}

#[tokio::test]
async fn interrupted_move_goes_on_wherever_it_ended() {
    let (from, read) = filled().await;
    let to = tempfile::tempdir().unwrap();
    let mut interruptions = 0;
    // A page at a time.
    while moved_by(from.path(), to.path(), 1, None).await.is_err() {
        interruptions += 1;
        let refused = Sqlite::open(to.path(), mpsc::channel(1).0).err().unwrap().to_string();
        assert!(refused.contains("was interrupted"), "{refused}");
        assert!(interruptions < 1_000);
    }
    assert!(interruptions > Section::ALL.len(), "{interruptions}");
    assert_eq!(answers(&serve(to.path())).await, read);
}

#[tokio::test]
async fn resumed_move_says_so() {
    let (from, _) = filled().await;
    let to = tempfile::tempdir().unwrap();
    moved_by(from.path(), to.path(), 3, None).await.unwrap_err();
    let (source, target) =
        (Sqlite::open_source(from.path()).await.unwrap(), Sqlite::open_target(to.path()).unwrap());
    let mut steps = Vec::new();
    move_all(&source, &target, PAGE, &mut |step| steps.push(step)).await.unwrap();
    assert!(matches!(steps[0], Step::Resumed(_)), "{steps:?}");
}

#[tokio::test]
async fn lost_record_of_any_section_is_noticed() {
    let (from, _) = filled().await;
    for section in Section::ALL {
        let to = tempfile::tempdir().unwrap();
        let error = moved_by(from.path(), to.path(), usize::MAX, Some(section)).await.unwrap_err();
        let named = if section == Section::Events { "the events of conversation" } else { "differ" };
        // Where a foreign key notices it, the write of what depends on it fails.
        let error = format!("{error:#}");
        assert!(error.contains(named) || error.contains("FOREIGN KEY"), "{section}: {error}");
    }
}

#[tokio::test]
async fn target_with_data_is_refused_and_left_as_it_is() {
    let (from, _) = filled().await;
    let (to, read) = filled().await;
    let error = moved(from.path(), to.path()).await.unwrap_err().to_string();
    assert!(error.contains("has data already"), "{error}");
    assert_eq!(answers(&serve(to.path())).await, read);
}

#[tokio::test]
async fn interrupted_move_refuses_a_source_that_has_changed() {
    let (from, _) = filled().await;
    let to = tempfile::tempdir().unwrap();
    moved_by(from.path(), to.path(), 5, None).await.unwrap_err();
    let storage = serve(from.path());
    world::post_another(&storage).await;
    storage.close().await;
    drop(storage);
    let error = moved(from.path(), to.path()).await.unwrap_err().to_string();
    assert!(error.contains("has changed since"), "{error}");
}

#[tokio::test]
async fn storage_in_use_is_refused() {
    let (from, _) = filled().await;
    let to = tempfile::tempdir().unwrap();
    let server = serve(from.path());
    let error = moved(from.path(), to.path()).await.unwrap_err().to_string();
    assert!(error.contains("another Confab uses"), "{error}");
    drop(server);
}

/// Every new table has to be listed here: as transferred, or as derived or volatile.
#[tokio::test]
async fn every_table_is_transferred_or_exempt() {
    let (from, _) = filled().await;
    let connection = Connection::open(from.path().join("confab.db")).unwrap();
    let mut query = connection
        .prepare(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )
        .unwrap();
    let tables: Vec<String> = query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let moved = [
        "attachment",
        "command",
        "conversation",
        "draft",
        "group_request",
        "invitation",
        "invitation_group",
        "member",
        "mention",
        "message_change",
        "message_event",
        "reaction",
        "recovery_code",
        "saved_message",
        "second_factor",
        "segment",
        "session",
        "settings",
        "thread",
        "thread_draft",
        "thread_follower",
        "thread_mention",
        "thread_reply",
        "user",
    ];
    // What events and attachments make of it, and what a closed storage has moved to the segments.
    let derived = ["blob_use", "deletion", "write_buffer"];
    // Uploads begin again, and blobs that nothing uses are not moved.
    let left = ["condemned_blob", "upload"];
    let mut known = [&moved[..], &derived, &left].concat();
    known.sort_unstable();
    assert_eq!(tables, known, "a table is in no section of storage::transfer");
}
