//! The table of the server's settings: one row.

use confab_shared::api::Settings;
use rusqlite::{Connection, params};

pub(in crate::storage::sqlite) fn get(connection: &Connection) -> rusqlite::Result<Settings> {
    connection
        .prepare_cached(
            "SELECT registration, admins_need_second_factor, attachment_bytes, storage_bytes, link_previews \
             FROM settings",
        )?
        .query_row([], |row| {
            Ok(Settings {
                registration: Some(row.get(0)?),
                admins_need_second_factor: Some(row.get(1)?),
                attachment_bytes: row.get(2)?,
                storage_bytes: row.get(3)?,
                link_previews: row.get(4)?,
            })
        })
}

/// Changes what is given.
pub(in crate::storage::sqlite) fn change(connection: &Connection, change: Settings) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE settings SET registration = coalesce(?1, registration), \
             admins_need_second_factor = coalesce(?2, admins_need_second_factor), \
             attachment_bytes = coalesce(?3, attachment_bytes), storage_bytes = coalesce(?4, storage_bytes), \
             link_previews = coalesce(?5, link_previews)",
        )?
        .execute(params![
            change.registration,
            change.admins_need_second_factor,
            change.attachment_bytes,
            change.storage_bytes,
            change.link_previews
        ])?;
    Ok(())
}

/// Writes what is there once more, by way of another value: SQLite does not write a row that stays the same.
pub(in crate::storage::sqlite) fn rewrite(connection: &Connection) -> rusqlite::Result<()> {
    let mut turn = connection.prepare_cached("UPDATE settings SET registration = 1 - registration")?;
    turn.execute([])?;
    turn.execute([])?;
    Ok(())
}
