//! The search index: the file `search.db` beside the database, written by a thread of its own that gives way to all others.
//!
//! It has the terms of messages ([`crate::domain::search_terms`]) and no texts: an FTS5 table without content and positions
//! proposes messages, and the database says what they are now. Its rows are in the order of the messages' times, so that a
//! search reads the newest first and stops when its page is full. How far each conversation is indexed is in the same file
//! and written in the same transaction: a crash loses nothing, and repeats nothing.
//!
//! The file is derived. It is dropped and built anew where it is missing, damaged, of another version, or ahead of the database
//! (which was replaced by a backup, then).

mod batch;
mod file;
mod indexer;
mod query;
mod readers;
mod upkeep;

use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use confab_shared::id::UserId;

use self::{file::IndexFile, indexer::Indexer, readers::IndexReaders};
use super::engine::readers::Readers;
use crate::{
    domain::search::Search,
    storage::{
        StorageError,
        search::{IndexProgress, SearchRun},
    },
};

/// The index of a database.
pub(super) struct SearchIndex {
    file: Arc<IndexFile>,
    readers: Arc<IndexReaders>,
    /// Started when first asked to index: commands that only open the database make no index.
    indexer: Mutex<Option<Indexer>>,
}

impl SearchIndex {
    /// The index beside a database in a folder. Nothing is opened yet.
    pub(super) fn new(folder: &Path, database: &Path) -> Self {
        let file = Arc::new(IndexFile::new(folder, database));
        let readers = Arc::new(IndexReaders::new(Arc::clone(&file)));
        Self { file, readers, indexer: Mutex::default() }
    }

    /// Searches the messages that a user may see.
    pub(super) async fn search(
        &self,
        readers: &Readers,
        user: UserId,
        search: Arc<Search>,
    ) -> Result<SearchRun, StorageError> {
        // So that searches never occupy all connections of the other reads.
        let turn = self.readers.turn().await?;
        let (index, file) = (Arc::clone(&self.readers), Arc::clone(&self.file));
        readers
            .run(move |database| {
                // Until the search ends, also where the caller is gone by then.
                let _turn = turn;
                let found = index.with(|index| query::search(database, index, file.events(), user, &search));
                match found {
                    Ok(found) => Ok(found.unwrap_or_default()),
                    Err(error) if file::is_damage(&error) => {
                        file.note_damage(&error);
                        Ok(SearchRun::default())
                    }
                    Err(error) => Err(error),
                }
            })
            .await
    }

    /// Indexes a part of what is not indexed yet.
    pub(super) async fn index(&self) -> Result<IndexProgress, StorageError> {
        let answer = {
            let mut indexer = self.indexer();
            let started = match indexer.take() {
                Some(started) => started,
                None => Indexer::start(Arc::clone(&self.file))?,
            };
            indexer.insert(started).request()
        };
        if let Ok(progress) = answer.await {
            return progress;
        }
        // The thread is gone: closed, or it panicked. Then another one is started next time.
        match self.indexer().take() {
            Some(_) => Err(StorageError::Failed("the thread for the search index panicked".into())),
            None => Err(StorageError::Closed),
        }
    }

    /// Has the index built anew.
    pub(super) fn drop_index(&self) {
        self.file.note_stale();
        if self.indexer().is_none() {
            self.file.remove();
        }
    }

    /// Ends the thread, after what it is at.
    pub(super) fn close(&self) {
        drop(self.indexer().take());
    }

    fn indexer(&self) -> MutexGuard<'_, Option<Indexer>> {
        self.indexer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
