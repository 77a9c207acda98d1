//! The file of the index: its schema, and when it is not to be used any more.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{
    domain::search_terms,
    storage::{data_folder::INDEX_FILE, sqlite::engine::connection::BUSY_TIMEOUT},
};

/// The page cache of who writes the index, in KiB.
const WRITER_CACHE_KIB: i64 = 8 * 1_024;

/// The page cache of a search, in KiB.
const READER_CACHE_KIB: i64 = 2 * 1_024;

/// After how many pages the write-ahead log is moved to the file: 16 MiB.
const CHECKPOINT_PAGES: u32 = 4_096;

/// How many bytes of new terms FTS5 keeps in memory before it writes them. A batch has fewer.
const TERM_BYTES: u32 = 16 * 1_024 * 1_024;

/// Changes with the schema, or with what is in it.
const VERSION: u32 = 1_000 * search_terms::VERSION + 2;

const SCHEMA: &str = "
    -- A row for each message. `id` is its time and a number among those of the same millisecond: see `batch`.
    CREATE TABLE document (
        id       INTEGER PRIMARY KEY,
        -- The conversation and the seq, as in the database.
        position INTEGER NOT NULL UNIQUE,
        -- What the message has, or is, as the terms say.
        flags    INTEGER NOT NULL
    ) STRICT;
    -- The terms of each, by the id. The tokenizer splits at spaces; no term has an ASCII character but digits and small letters.
    CREATE VIRTUAL TABLE term USING fts5(
        terms, content = '', contentless_delete = 1, detail = 'none', tokenize = 'ascii'
    );
    -- Up to which event each conversation is indexed.
    CREATE TABLE progress (conversation INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
    -- Whether words of messages have to be removed that are deleted or edited (1), whether they are being removed (2), and since
    -- when or when they last were: one row.
    CREATE TABLE upkeep (state INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
    INSERT INTO upkeep (state, at) VALUES (0, 0);
";

/// The file, as its users share it.
pub(super) struct IndexFile {
    path: PathBuf,
    database: PathBuf,
    /// Changes when the file is another one: who has it open opens it again.
    generation: AtomicU64,
    /// Whether it is to be built anew.
    is_stale: AtomicBool,
    /// How many events are indexed, about.
    events: AtomicU64,
}

impl IndexFile {
    pub(super) fn new(folder: &Path, database: &Path) -> Self {
        Self {
            path: folder.join(INDEX_FILE),
            database: database.to_owned(),
            generation: AtomicU64::new(0),
            is_stale: AtomicBool::new(false),
            events: AtomicU64::new(0),
        }
    }

    /// The database that is indexed.
    pub(super) fn database(&self) -> &Path {
        &self.database
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// How many events are indexed, about.
    pub(super) fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    pub(super) fn set_events(&self, events: u64) {
        self.events.store(events, Ordering::Relaxed);
    }

    /// Has it built anew.
    pub(super) fn note_stale(&self) {
        self.is_stale.store(true, Ordering::Release);
    }

    /// Has it built anew because of an error.
    pub(super) fn note_damage(&self, error: &rusqlite::Error) {
        tracing::warn!(%error, "the search index is damaged, and is built again");
        self.note_stale();
    }

    /// Whether it is to be built anew.
    pub(super) fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Acquire)
    }

    /// Opens it for writing; one that is missing, stale, damaged or of another version is made anew.
    pub(super) fn open(&self) -> rusqlite::Result<Connection> {
        if !self.is_stale() {
            match self.open_existing() {
                Ok(Some(connection)) => return Ok(connection),
                Ok(None) => {}
                Err(error) if is_damage(&error) => self.note_damage(&error),
                Err(error) => return Err(error),
            }
        }
        self.make()
    }

    /// Opens a file of this version; none where there is none.
    fn open_existing(&self) -> rusqlite::Result<Option<Connection>> {
        if !self.path.exists() {
            return Ok(None);
        }
        let connection = self.connect(OpenFlags::default())?;
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != VERSION {
            tracing::info!("the search index is of another version, and is built again");
            return Ok(None);
        }
        set_up(&connection)?;
        Ok(Some(connection))
    }

    /// Removes it. Who reads it reads on, from a file without a name.
    pub(super) fn remove(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::warn!(%error, path = %path.display(), "failed to remove the search index");
                }
                _ => {}
            }
        }
    }

    /// Makes an empty file in the place of one that may be there.
    fn make(&self) -> rusqlite::Result<Connection> {
        self.remove();
        let connection = self.connect(OpenFlags::default())?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        let version = VERSION;
        connection.execute_batch(&format!(
            "BEGIN; {SCHEMA} INSERT INTO term (term, rank) VALUES ('hashsize', {TERM_BYTES}); \
             PRAGMA user_version = {version}; COMMIT"
        ))?;
        set_up(&connection)?;
        self.set_events(0);
        self.is_stale.store(false, Ordering::Release);
        self.generation.fetch_add(1, Ordering::Release);
        Ok(connection)
    }

    /// Opens it for searches; none where there is none to be searched.
    pub(super) fn open_for_reading(&self) -> rusqlite::Result<Option<Connection>> {
        if self.is_stale() || !self.path.exists() {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = self.connect(flags)?;
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version != VERSION {
            return Ok(None);
        }
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Some(connection))
    }

    fn connect(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(connection)
    }
}

/// What is lost in a power cut is indexed again: the file is synced only where its log is moved.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    // What is deleted is overwritten with zeros.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "temp_store", "MEMORY")
}

/// Whether an error says that the file is not what it should be.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
            ErrorCode::Unknown => {
                // A table that is missing.
                message.as_deref().is_some_and(|message| message.starts_with("no such table"))
            }
            _ => false,
        },
        _ => false,
    }
}
