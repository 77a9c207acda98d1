//! The store that comes built in: one SQLite file in the data folder.
//!
//! One thread writes ([`writer`]): it takes all that is queued, commits it as one transaction with
//! `synchronous=FULL`, and then answers. Readers have connections of their own ([`readers`]) and see the last
//! commit. A third thread moves the write-ahead log into the database ([`checkpoint`]), so that no commit waits for it.

mod accounts;
mod checkpoint;
mod command;
mod conversations;
mod cursors;
mod events;
mod failure;
mod heads;
mod log;
mod mentions;
mod overlay;
mod readers;
mod rows;
mod runs;
mod statements;
mod writer;

use std::{fs::File, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use confab_shared::{conversation::Conversation, id::{ClientId, ConversationId, Seq, Timestamp, UserId}, text::{Title, UserName}, user::User};
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};
use tokio::sync::mpsc;

use self::{checkpoint::Checkpointer, readers::Readers, writer::Writer};
use super::{
    Appending, Audience, EventRun, KnownUser, NewEvent, NewSession, News, Range, SecretHash, SignInOutcome,
    Store, StoreError,
};

const MIGRATIONS: &[M<'_>] = &[M::up(include_str!("../../migrations/0001_start.sql"))];

/// How long a connection waits for another that holds a lock it needs.
const BUSY: Duration = Duration::from_secs(5);

/// The writer's page cache, in KiB: the pages that a thousand busy conversations end in. At rest it is given back.
const WRITER_CACHE: i64 = 24 * 1024;

/// The SQLite store.
pub struct Sqlite {
    writer: Writer,
    readers: Readers,
    /// Held for its thread, which ends with it.
    _checkpointer: Checkpointer,
    /// Held by this process alone, until it ends however that may be.
    _lock: File,
}

impl Sqlite {
    /// Opens the store in a folder that exists, and brings an older one up to date. What there is to tell
    /// goes to `committed` in the order of the commits; where that queue is full the writer waits for it.
    ///
    /// # Errors
    /// Where the file cannot be opened or written, or was written by a newer Confab.
    pub fn open(folder: &Path, committed: mpsc::Sender<Vec<News>>) -> anyhow::Result<Self> {
        let lock_file = folder.join("confab.lock");
        let lock =
            File::create(&lock_file).with_context(|| format!("failed to open {}", lock_file.display()))?;
        // The writer keeps the ends of the logs in memory: two of them would give one seq twice.
        lock.try_lock().with_context(|| format!("another Confab uses {}", folder.display()))?;
        let file = folder.join("confab.db");
        let cannot_open = || format!("failed to open {}", file.display());
        let mut connection = connect(&file).with_context(cannot_open)?;
        connection.pragma_update(None, "journal_mode", "WAL").with_context(cannot_open)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // What a crash has left: nothing is added behind bytes of which nobody knows whether the disk has them.
        writer::leave_no_log(&connection);
        // The checkpointer's work.
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        Migrations::from_slice(MIGRATIONS)
            .to_latest(&mut connection)
            .with_context(|| format!("{} cannot be brought up to date", file.display()))?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE)?;
        // For what it sorts.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        let log_file = folder.join("confab.db-wal");
        let log = File::options()
            .read(true)
            .write(true)
            .open(&log_file)
            .with_context(|| format!("failed to open {}", log_file.display()))?;
        if let Err(error) = checkpoint::lay_out(&log) {
            tracing::warn!(%error, "commits will be slow");
        }
        let progress = Arc::default();
        let writer = Writer::start(connection, committed, Arc::clone(&progress))?;
        let checkpointer =
            Checkpointer::start(connect(&file).with_context(cannot_open)?, log, progress, writer.settling())?;
        Ok(Self { writer, readers: Readers::new(file), _checkpointer: checkpointer, _lock: lock })
    }
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    // KiB, as a negative number: most of a page cache per connection would lie idle.
    connection.pragma_update(None, "cache_size", -1024)?;
    Ok(connection)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string().into())
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn sign_in(&self, new: NewSession) -> Result<SignInOutcome, StoreError> {
        self.writer.run(move |tx| accounts::sign_in(tx, &new)).await
    }

    async fn session(&self, token: SecretHash) -> Result<Option<User>, StoreError> {
        self.readers.run(move |connection| accounts::session(connection, &token)).await
    }

    async fn end_session(&self, token: SecretHash) -> Result<(), StoreError> {
        self.writer.run(move |tx| accounts::end_session(tx, &token)).await
    }

    async fn user(&self, name_key: &str) -> Result<Option<KnownUser>, StoreError> {
        let name_key = name_key.to_owned();
        self.readers.run(move |connection| accounts::user(connection, &name_key)).await
    }

    async fn users(&self, name_keys: Vec<String>) -> Result<Vec<Option<KnownUser>>, StoreError> {
        self.readers.run(move |connection| accounts::users_of(connection, &name_keys)).await
    }

    async fn ensure_user(
        &self,
        name: UserName,
        name_key: String,
        at: Timestamp,
    ) -> Result<KnownUser, StoreError> {
        self.writer.run(move |tx| accounts::ensure_user(tx, &name, &name_key, at)).await
    }

    async fn users_by_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<User>, StoreError> {
        let prefix = prefix.to_owned();
        self.readers.run(move |connection| accounts::users_by_prefix(connection, &prefix, limit)).await
    }

    async fn went(&self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        self.writer.run(move |tx| accounts::went(tx, user, at)).await
    }

    async fn direct_peers(&self, user: UserId) -> Result<Vec<KnownUser>, StoreError> {
        self.readers.run(move |connection| accounts::direct_peers(connection, user)).await
    }

    async fn conversations(&self, user: UserId) -> Result<(Vec<Conversation>, Vec<User>), StoreError> {
        self.readers.run(move |connection| conversations::all(connection, user)).await
    }

    async fn conversation(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<(Conversation, Vec<KnownUser>)>, StoreError> {
        self.readers.run(move |connection| conversations::one(connection, user, id)).await
    }

    async fn group_by_title(
        &self,
        user: UserId,
        title: &Title,
    ) -> Result<Option<ConversationId>, StoreError> {
        let title = title.clone();
        self.readers.run(move |connection| conversations::group_by_title(connection, user, &title)).await
    }

    async fn direct(&self, a: UserId, b: UserId, at: Timestamp) -> Result<ConversationId, StoreError> {
        self.writer.run(move |tx| conversations::direct(tx, a, b, at)).await
    }

    async fn create_group(
        &self,
        creator: User,
        client_id: ClientId,
        title: Title,
        others: Vec<User>,
        at: Timestamp,
    ) -> Result<Option<ConversationId>, StoreError> {
        self.writer
            .run(move |tx| conversations::create_group(tx, &creator, client_id, &title, &others, at))
            .await
    }

    async fn append(&self, new: Vec<NewEvent>) -> Appending {
        self.writer.append(new).await
    }

    async fn move_cursor(
        &self,
        user: UserId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<bool, StoreError> {
        self.writer.run(move |tx| cursors::move_cursor(tx, user, conversation, seq)).await
    }

    async fn events(
        &self,
        user: UserId,
        conversation: ConversationId,
        range: Range,
        limit: usize,
    ) -> Result<Option<EventRun>, StoreError> {
        self.readers.run(move |connection| events::run(connection, user, conversation, range, limit)).await
    }

    async fn members(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Option<Vec<KnownUser>>, StoreError> {
        self.readers.run(move |connection| conversations::members(connection, user, conversation)).await
    }

    async fn audience(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> Result<Option<Audience>, StoreError> {
        self.readers.run(move |connection| conversations::audience(connection, user, conversation)).await
    }

    async fn close(&self) {
        self.writer.close().await;
    }
}
