//! The schema: migrations that bring a database of any earlier build up to date.
//!
//! To change the schema: a file in `server/migrations/postgres` and a line below. A released migration never changes.
//! Nodes of the build before may still run while a new one migrates, so a migration only adds what they can ignore.

use anyhow::{Context, bail};
use deadpool_postgres::{Client, GenericClient};

const MIGRATIONS: [&str; 13] = [
    include_str!("../../../migrations/postgres/0001_start.sql"),
    include_str!("../../../migrations/postgres/0002_nodes.sql"),
    include_str!("../../../migrations/postgres/0003_display_name_and_consent.sql"),
    include_str!("../../../migrations/postgres/0004_threads.sql"),
    include_str!("../../../migrations/postgres/0005_mark_unread.sql"),
    include_str!("../../../migrations/postgres/0006_drafts.sql"),
    include_str!("../../../migrations/postgres/0007_receipts.sql"),
    include_str!("../../../migrations/postgres/0008_mention_all.sql"),
    include_str!("../../../migrations/postgres/0009_saved_messages.sql"),
    include_str!("../../../migrations/postgres/0010_thread_drafts.sql"),
    include_str!("../../../migrations/postgres/0011_attachments.sql"),
    include_str!("../../../migrations/postgres/0012_previews.sql"),
    include_str!("../../../migrations/postgres/0013_search.sql"),
];

/// The advisory lock of those who migrate: nodes may start at once.
const LOCK: i64 = 0x0c0f_ab00;

/// Brings a database up to date, in one transaction.
///
/// # Errors
/// Where a newer build has migrated the database, which is left as it is then, and where a migration fails.
pub(super) async fn migrate(client: &mut Client) -> anyhow::Result<()> {
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    let known = i32::try_from(MIGRATIONS.len())?;
    let version = version(&transaction).await?;
    if version > known {
        bail!(
            "the database was migrated by a newer Confab (schema {version}, and this build knows {known}): start that \
             one, or restore a copy from before it"
        );
    }
    for (index, migration) in (1_i32..).zip(MIGRATIONS).skip(usize::try_from(version)?) {
        let migrated = transaction.batch_execute(migration).await;
        migrated.with_context(|| format!("failed to migrate the database to schema {index}"))?;
    }
    transaction.execute("UPDATE schema_version SET version = $1", &[&known]).await?;
    transaction.commit().await?;
    Ok(())
}

/// The version of the database; 0 of an empty one.
async fn version(client: &impl GenericClient) -> anyhow::Result<i32> {
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version integer NOT NULL); \
             INSERT INTO schema_version SELECT 0 WHERE NOT EXISTS (SELECT FROM schema_version)",
        )
        .await
        .context("failed to read the schema's version")?;
    Ok(client.query_one("SELECT version FROM schema_version", &[]).await?.try_get(0)?)
}
