//! The open transaction in which a command is executed.

use rusqlite::Connection;

use super::{statements::Statements, write_buffer::WriteBuffer};
use crate::domain::notification::CommitNotification;

/// What a command reads and writes with, and what it adds to be published after the commit.
pub(in crate::storage::sqlite) struct Tx<'a, 'c> {
    pub(in crate::storage::sqlite) connection: &'c Connection,
    pub(super) statements: &'a mut Statements<'c>,
    pub(in crate::storage::sqlite) write_buffer: &'a mut WriteBuffer,
    pub(super) notifications: &'a mut Vec<CommitNotification>,
}
