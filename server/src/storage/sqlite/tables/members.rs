//! Members and their read positions.

use confab_shared::{
    conversation::ReadPosition,
    id::{ConversationId, Seq, UserId},
};
use rusqlite::Connection;

use super::mentions;

/// Adds members, with a read position.
pub(in crate::storage::sqlite) fn add(
    connection: &Connection,
    id: ConversationId,
    users: &[UserId],
    position: ReadPosition,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO member (conversation, user, read_seq, read_count) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for user in users {
        insert.execute([id.0, user.0, position.read_seq.0, position.read_count])?;
    }
    connection
        .prepare_cached("UPDATE conversation SET member_count = member_count + ?2 WHERE id = ?1")?
        .execute([id.0, users.len() as u64])?;
    Ok(())
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
