//! Members and their read positions.

use confab_shared::id::{ConversationId, Seq, UserId};
use rusqlite::Connection;

use super::mentions;
use crate::domain::read_position::StoredPosition;

/// Adds members, with a read position.
pub(in crate::storage::sqlite) fn add(
    connection: &Connection,
    id: ConversationId,
    users: &[UserId],
    position: StoredPosition,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO member (conversation, user, read_seq, read_ordinal) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for user in users {
        insert.execute([id.0, user.0, position.read_seq.0, position.read_ordinal])?;
    }
    connection
        .prepare_cached("UPDATE conversation SET member_count = member_count + ?2 WHERE id = ?1")?
        .execute([id.0, users.len() as u64])?;
    Ok(())
}

/// Makes members admins.
pub(in crate::storage::sqlite) fn set_admins(
    connection: &Connection,
    id: ConversationId,
    users: &[UserId],
) -> rusqlite::Result<()> {
    let mut update =
        connection.prepare_cached("UPDATE member SET role = 1 WHERE conversation = ?1 AND user = ?2")?;
    for user in users {
        update.execute([id.0, user.0])?;
    }
    Ok(())
}

/// The admins of a conversation.
pub(in crate::storage::sqlite) fn admins(
    connection: &Connection,
    id: ConversationId,
) -> rusqlite::Result<Vec<UserId>> {
    connection
        .prepare_cached("SELECT user FROM member WHERE conversation = ?1 AND role = 1")?
        .query_map([id.0], |row| Ok(UserId(row.get(0)?)))?
        .collect()
}

/// Removes a member and their unread mentions up to a seq.
pub(in crate::storage::sqlite) fn remove(
    connection: &Connection,
    id: ConversationId,
    user: UserId,
    last: Seq,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM member WHERE conversation = ?1 AND user = ?2")?
        .execute([id.0, user.0])?;
    mentions::delete_read(connection, user, id, last)?;
    connection
        .prepare_cached("UPDATE conversation SET member_count = member_count - 1 WHERE id = ?1")?
        .execute([id.0])?;
    Ok(())
}
