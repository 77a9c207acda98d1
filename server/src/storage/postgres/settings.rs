//! The server's settings.

use confab_shared::api::Settings;
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::{
    columns::{Columns, parameter},
    connection::{execute, query_opt},
    failure::Failure,
};

/// The columns of [`settings`].
const COLUMNS: &str =
    "registration, admins_need_second_factor, attachment_bytes, storage_bytes, link_previews";

fn settings(row: Option<Row>) -> Result<Settings, Failure> {
    let row = row.ok_or_else(Failure::missing)?;
    let mut columns = Columns::of(&row);
    Ok(Settings {
        registration: columns.get()?,
        admins_need_second_factor: columns.get()?,
        attachment_bytes: columns.optional_number()?,
        storage_bytes: columns.optional_number()?,
        link_previews: columns.get()?,
    })
}

pub(super) async fn get(client: &impl GenericClient) -> Result<Settings, Failure> {
    settings(query_opt(client, &format!("SELECT {COLUMNS} FROM settings"), &[]).await?)
}

/// Writes the settings as they are.
pub(super) async fn rewrite(client: &impl GenericClient) -> Result<(), Failure> {
    execute(client, "UPDATE settings SET registration = registration", &[]).await?;
    Ok(())
}

/// Changes what is given, and answers all.
pub(super) async fn change(client: &impl GenericClient, change: Settings) -> Result<Settings, Failure> {
    let sql = format!(
        "UPDATE settings SET registration = coalesce($1, registration), \
         admins_need_second_factor = coalesce($2, admins_need_second_factor), \
         attachment_bytes = coalesce($3, attachment_bytes), storage_bytes = coalesce($4, storage_bytes), \
         link_previews = coalesce($5, link_previews) \
         RETURNING {COLUMNS}"
    );
    let limits = [change.attachment_bytes, change.storage_bytes].map(|limit| limit.map(parameter));
    let Settings { registration, admins_need_second_factor, link_previews, .. } = change;
    let [largest, most] = &limits;
    settings(
        query_opt(client, &sql, &[&registration, &admins_need_second_factor, largest, most, &link_previews])
            .await?,
    )
}
