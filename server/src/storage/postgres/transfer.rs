//! Moves everything out of the database and into it. A record is a row as JSON ([`tables`]).

mod tables;

use anyhow::{Context, ensure};
use async_trait::async_trait;
use deadpool_postgres::{Client, GenericClient};
use tokio::sync::Mutex;

use super::{
    connection::{self, Database, USE_LOCK, execute, query, query_opt},
    failure::Failure,
    migrations,
    unfinished::{is_unfinished, refuse_unfinished},
};
use crate::storage::{
    StorageError,
    transfer::{Export, Import, Marker, Record, Section, TargetState},
};

/// The table of an unfinished move to this database, with one row. What a new database has is moved, too.
const BEGIN: &str = "CREATE TABLE transfer (marker text NOT NULL); \
     DELETE FROM invitation; DELETE FROM settings; DELETE FROM conversation";

/// The ids of users and conversations go on behind the highest.
const FINISH: &str = "DROP TABLE transfer; \
     SELECT setval(pg_get_serial_sequence('users', 'id'), max(id)) FROM users HAVING max(id) IS NOT NULL; \
     SELECT setval(pg_get_serial_sequence('conversation', 'id'), max(id)) FROM conversation HAVING max(id) IS NOT NULL";

/// The database as the source or the target of a move: one connection, which holds the lock.
pub struct Transfer {
    client: Mutex<Client>,
    /// Kept, so that the connection is.
    _database: Database,
}

impl Transfer {
    /// Opens a database as a source.
    ///
    /// # Errors
    /// Where it cannot be used, a server uses it, or a move to it was interrupted.
    pub async fn source(address: &str) -> anyhow::Result<Self> {
        let transfer = Self::target(address).await?;
        refuse_unfinished(&*transfer.client.lock().await).await?;
        Ok(transfer)
    }

    /// Opens a database as a target, also of a move that was interrupted.
    ///
    /// # Errors
    /// Where it cannot be used, or a server uses it.
    pub async fn target(address: &str) -> anyhow::Result<Self> {
        let database = Database::new(address)?;
        let mut client = database.client().await.context("the database cannot be reached")?;
        connection::check_server(&client).await?;
        migrations::migrate(&mut client).await?;
        let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&USE_LOCK]).await?;
        ensure!(row.try_get::<_, bool>(0)?, "a server uses the database: stop all nodes first");
        Ok(Self { client: Mutex::new(client), _database: database })
    }

    async fn page_of(
        &self,
        section: Section,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, Failure> {
        let after = after.map(Record::encode).transpose().map_err(Failure::corrupt)?;
        let after = after.unwrap_or_else(|| "{}".to_owned());
        let client = self.client.lock().await;
        let rows =
            query(&*client, &tables::of(section).page(), &[&after, &super::columns::limit(limit)]).await?;
        let record = |row: &tokio_postgres::Row| section.decode(row.try_get(0)?).map_err(Failure::corrupt);
        rows.iter().map(record).collect()
    }

    async fn write(&self, records: &[Record], marker: &Marker) -> Result<(), Failure> {
        let Some(section) = records.first().map(Record::section) else { return Ok(()) };
        let lines = records.iter().map(Record::encode).collect::<Result<Vec<_>, _>>();
        let json = format!("[{}]", lines.map_err(Failure::corrupt)?.join(","));
        let mut client = self.client.lock().await;
        let transaction = client.transaction().await?;
        for insert in tables::of(section).inserts() {
            execute(&transaction, &insert, &[&json]).await?;
        }
        set_marker(&transaction, marker).await?;
        Ok(transaction.commit().await?)
    }

    async fn state_of(&self) -> Result<TargetState, Failure> {
        let client = self.client.lock().await;
        if is_unfinished(&*client).await? {
            let row = client.query_one("SELECT marker FROM transfer", &[]).await?;
            let marker = serde_json::from_str(row.try_get(0)?).map_err(Failure::corrupt)?;
            return Ok(TargetState::Interrupted(Box::new(marker)));
        }
        let used = query_opt(&*client, "SELECT id FROM users LIMIT 1", &[]).await?.is_some();
        Ok(if used { TargetState::Used } else { TargetState::Empty })
    }

    async fn begin_with(&self, marker: &Marker) -> Result<(), Failure> {
        let mut client = self.client.lock().await;
        let transaction = client.transaction().await?;
        transaction.batch_execute(BEGIN).await?;
        set_marker(&transaction, marker).await?;
        Ok(transaction.commit().await?)
    }

    async fn end(&self) -> Result<(), Failure> {
        let mut client = self.client.lock().await;
        let transaction = client.transaction().await?;
        transaction.batch_execute(FINISH).await?;
        transaction.commit().await?;
        // The planner has to know how large the tables are before the first server asks.
        Ok(client.batch_execute("ANALYZE").await?)
    }
}

async fn set_marker(client: &impl GenericClient, marker: &Marker) -> Result<(), Failure> {
    let json = serde_json::to_string(marker).map_err(Failure::corrupt)?;
    client.batch_execute("DELETE FROM transfer").await?;
    execute(client, "INSERT INTO transfer (marker) VALUES ($1)", &[&json]).await?;
    Ok(())
}

#[async_trait]
impl Export for Transfer {
    async fn count(&self, section: Section) -> Result<u64, StorageError> {
        let client = self.client.lock().await;
        let rows = query(&*client, &tables::of(section).count(), &[]).await?;
        let count = rows.first().map(|row| row.try_get::<_, i64>(0)).transpose().map_err(Failure::from)?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    async fn page(
        &self,
        section: Section,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StorageError> {
        Ok(self.page_of(section, after, limit).await?)
    }
}

#[async_trait]
impl Import for Transfer {
    async fn state(&self) -> Result<TargetState, StorageError> {
        Ok(self.state_of().await?)
    }

    async fn begin(&self, marker: &Marker) -> Result<(), StorageError> {
        Ok(self.begin_with(marker).await?)
    }

    async fn import(&self, records: Vec<Record>, marker: &Marker) -> Result<(), StorageError> {
        Ok(self.write(&records, marker).await?)
    }

    async fn finish(&self) -> Result<(), StorageError> {
        Ok(self.end().await?)
    }
}
