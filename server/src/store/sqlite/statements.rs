//! The statements that every message and every cursor needs, prepared once: the cache of the others would look each
//! up by its text.

use rusqlite::{Connection, Statement};

use super::runs;

pub(super) struct Statements<'c> {
    pub(super) begin: Statement<'c>,
    pub(super) commit: Statement<'c>,
    /// A run, into `recent`.
    pub(super) insert_recent: Statement<'c>,
    pub(super) empty_recent: Statement<'c>,
    /// A run, into its place.
    pub(super) insert_run: Statement<'c>,
    /// Where a command's event is.
    pub(super) of_command: Statement<'c>,
    pub(super) insert_command: Statement<'c>,
    /// A member's cursor.
    pub(super) set_cursor: Statement<'c>,
    /// A conversation's end, as far as it is in `run`.
    pub(super) set_head: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        let columns = runs::COLUMNS;
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            insert_recent: connection
                .prepare(&format!("INSERT INTO recent ({columns}) VALUES (?1, ?2, ?3, ?4)"))?,
            empty_recent: connection.prepare("DELETE FROM recent")?,
            insert_run: connection
                .prepare(&format!("INSERT INTO run ({columns}) VALUES (?1, ?2, ?3, ?4)"))?,
            of_command: connection
                .prepare("SELECT conversation, seq FROM command WHERE client_id = ?1 AND sender = ?2")?,
            insert_command: connection.prepare(
                "INSERT INTO command (client_id, sender, conversation, seq) VALUES (?1, ?2, ?3, ?4)",
            )?,
            set_cursor: connection
                .prepare("UPDATE member SET cursor = ?3, read = ?4 WHERE conversation = ?1 AND user = ?2")?,
            set_head: connection.prepare(
                "UPDATE conversation SET head = ?2, messages = ?3, last_activity_at = ?4, last_by = ?5, last_at = ?6, \
                 last_text = ?7 WHERE id = ?1",
            )?,
        })
    }
}
