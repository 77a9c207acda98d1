//! The statements that every message and every cursor needs, prepared once: the cache of the others would look each
//! up by its text.

use rusqlite::{Connection, Statement};

use super::rows;

pub(super) struct Statements<'c> {
    pub(super) begin: Statement<'c>,
    pub(super) commit: Statement<'c>,
    /// An event, into `recent`.
    pub(super) insert: Statement<'c>,
    /// A command's event, in `event`.
    pub(super) of_command: Statement<'c>,
    /// A member's cursor.
    pub(super) set_cursor: Statement<'c>,
    /// A conversation's end, as far as it is in `event`.
    pub(super) set_head: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        let event = rows::EVENT;
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            insert: connection.prepare(&format!(
                "INSERT INTO recent ({event}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            ))?,
            of_command: connection
                .prepare(&format!("SELECT {event} FROM event WHERE sender = ?1 AND client_id = ?2"))?,
            set_cursor: connection
                .prepare("UPDATE member SET cursor = ?3, read = ?4 WHERE conversation = ?1 AND user = ?2")?,
            set_head: connection.prepare(
                "UPDATE conversation SET head = ?2, messages = ?3, active_at = ?4, last_by = ?5, last_at = ?6, \
                 last_text = ?7 WHERE id = ?1",
            )?,
        })
    }
}
