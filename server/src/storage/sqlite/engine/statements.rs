//! The statements of every message and every moved read position, prepared once: the connection's statement cache would
//! look each up by its text.

use rusqlite::{Connection, Statement};

use super::segment;

pub(super) struct Statements<'c> {
    pub(super) begin: Statement<'c>,
    pub(super) commit: Statement<'c>,
    pub(super) insert_buffered: Statement<'c>,
    pub(super) empty_write_buffer: Statement<'c>,
    pub(super) insert_segment: Statement<'c>,
    pub(super) find_command: Statement<'c>,
    pub(super) insert_command: Statement<'c>,
    pub(super) insert_unchanged: Statement<'c>,
    pub(super) set_position: Statement<'c>,
    pub(super) set_head: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        let columns = segment::COLUMNS;
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            insert_buffered: connection
                .prepare(&format!("INSERT INTO write_buffer ({columns}) VALUES (?1, ?2, ?3, ?4)"))?,
            empty_write_buffer: connection.prepare("DELETE FROM write_buffer")?,
            insert_segment: connection
                .prepare(&format!("INSERT INTO segment ({columns}) VALUES (?1, ?2, ?3, ?4)"))?,
            find_command: connection
                .prepare("SELECT conversation, seq, unchanged_at FROM command WHERE client_id = ?1 AND sender = ?2")?,
            insert_command: connection.prepare(
                "INSERT INTO command (client_id, sender, conversation, seq) VALUES (?1, ?2, ?3, ?4)",
            )?,
            insert_unchanged: connection.prepare(
                "INSERT INTO command (client_id, sender, conversation, seq, unchanged_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?,
            set_position: connection
                .prepare("UPDATE member SET read_seq = ?3, read_ordinal = ?4 WHERE conversation = ?1 AND user = ?2")?,
            set_head: connection.prepare(
                "UPDATE conversation SET head_seq = ?2, message_count = ?3, last_activity_at = ?4, last_by = ?5, last_at = ?6, \
                 last_text = ?7, deleted_count = ?8, last_seq = ?9, last_attachments = ?10 WHERE id = ?1",
            )?,
        })
    }
}
