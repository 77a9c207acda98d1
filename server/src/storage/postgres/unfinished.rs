//! Whether a move to the database was begun and is not finished: the table of its marker is there.

use anyhow::bail;
use deadpool_postgres::GenericClient;

use super::failure::Failure;

pub(super) async fn is_unfinished(client: &impl GenericClient) -> Result<bool, Failure> {
    let row = client.query_one("SELECT to_regclass('transfer') IS NOT NULL", &[]).await?;
    Ok(row.try_get(0)?)
}

/// Refuses a database to which a move was begun and is not finished.
///
/// # Errors
/// Where that is so.
pub(super) async fn refuse_unfinished(client: &impl GenericClient) -> anyhow::Result<()> {
    if is_unfinished(client).await? {
        bail!("a move to the database was interrupted: `confab migrate` with the same source finishes it");
    }
    Ok(())
}
