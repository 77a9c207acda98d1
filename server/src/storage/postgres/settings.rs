//! The server's settings.

use confab_shared::api::Settings;
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::{
    columns::Columns,
    connection::{execute, query_opt},
    failure::Failure,
};

fn settings(row: Option<Row>) -> Result<Settings, Failure> {
    let row = row.ok_or_else(Failure::missing)?;
    let mut columns = Columns::of(&row);
    Ok(Settings { registration: columns.get()?, admins_need_second_factor: columns.get()? })
}

pub(super) async fn get(client: &impl GenericClient) -> Result<Settings, Failure> {
    settings(query_opt(client, "SELECT registration, admins_need_second_factor FROM settings", &[]).await?)
}

/// Writes the settings as they are.
pub(super) async fn rewrite(client: &impl GenericClient) -> Result<(), Failure> {
    execute(client, "UPDATE settings SET registration = registration", &[]).await?;
    Ok(())
}

/// Changes what is given, and answers all.
pub(super) async fn change(client: &impl GenericClient, change: Settings) -> Result<Settings, Failure> {
    let sql = "UPDATE settings SET registration = coalesce($1, registration), \
         admins_need_second_factor = coalesce($2, admins_need_second_factor) \
         RETURNING registration, admins_need_second_factor";
    settings(query_opt(client, sql, &[&change.registration, &change.admins_need_second_factor]).await?)
}
