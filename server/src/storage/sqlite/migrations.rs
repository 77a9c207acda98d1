//! The schema: migrations that bring a database of any earlier build up to date.
//!
//! To change the schema: a file in `server/migrations` and a line below. A released migration never changes.

use std::path::Path;

use anyhow::{Context, bail};
use rusqlite::{Connection, OpenFlags, Transaction, config::DbConfig};
use rusqlite_migration::{M, Migrations};

use super::tables::users;

fn migrations() -> Vec<M<'static>> {
    vec![
        M::up(include_str!("../../../migrations/0001_start.sql")),
        M::up(include_str!("../../../migrations/0002_words.sql")),
        M::up(include_str!("../../../migrations/0003_topic.sql")),
        M::up(include_str!("../../../migrations/0004_messages_change.sql")),
        M::up_with_hook(include_str!("../../../migrations/0005_skeleton.sql"), |tx: &Transaction<'_>| {
            users::fill_skeletons(tx)?;
            Ok(())
        }),
        M::up(include_str!("../../../migrations/0006_password.sql")),
        M::up(include_str!("../../../migrations/0007_accounts.sql")),
        M::up(include_str!("../../../migrations/0008_takes_part.sql")),
        M::up(include_str!("../../../migrations/0009_user_kind.sql")),
        M::up(include_str!("../../../migrations/0010_display_name.sql")),
        M::up(include_str!("../../../migrations/0011_consent.sql")),
        M::up_with_hook(include_str!("../../../migrations/0012_skeleton.sql"), |tx: &Transaction<'_>| {
            users::fill_skeletons(tx)?;
            Ok(())
        }),
        M::up(include_str!("../../../migrations/0013_threads.sql")),
        M::up(include_str!("../../../migrations/0014_mark_unread.sql")),
        M::up(include_str!("../../../migrations/0015_drafts.sql")),
        M::up(include_str!("../../../migrations/0016_receipts.sql")),
        M::up(include_str!("../../../migrations/0017_mention_all.sql")),
        M::up(include_str!("../../../migrations/0018_saved_messages.sql")),
        M::up(include_str!("../../../migrations/0019_thread_drafts.sql")),
        M::up(include_str!("../../../migrations/0020_attachments.sql")),
        M::up(include_str!("../../../migrations/0021_previews.sql")),
    ]
}

/// The schema of a database: how many migrations it has had.
pub(super) fn schema(connection: &Connection) -> rusqlite::Result<usize> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// The newest schema.
pub(super) fn known() -> usize {
    migrations().len()
}

/// Refuses a file that a newer build wrote, and leaves it as it is.
///
/// # Errors
/// Where the schema is newer, or the file cannot be read.
pub(super) fn refuse_newer(file: &Path) -> anyhow::Result<()> {
    if !file.try_exists().with_context(|| format!("failed to look for {}", file.display()))? {
        return Ok(());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let version = Connection::open_with_flags(file, flags).and_then(|connection| {
        // Closing must not move the write-ahead log of another build.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        schema(&connection)
    });
    let version = version.with_context(|| format!("failed to open {}", file.display()))?;
    let known = known();
    if version > known {
        bail!(
            "{} was written by a newer Confab (schema {version}, and this build knows {}): start that one, or restore \
             a copy from before it",
            file.display(),
            known
        );
    }
    Ok(())
}

/// Brings a database up to date, in one transaction per migration.
///
/// # Errors
/// Where a migration fails: nothing of it stays.
pub(super) fn migrate(connection: &mut Connection) -> anyhow::Result<()> {
    Ok(Migrations::new(migrations()).to_latest(connection)?)
}
