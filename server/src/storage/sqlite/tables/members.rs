//! Members and their read positions.

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, UserId},
};
use rusqlite::Connection;

use super::{conversations, mentions};
use crate::domain::{presence::SharedConversation, read_position::StoredPosition};

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

/// A member takes part from now on.
pub(in crate::storage::sqlite) fn take_part(
    connection: &Connection,
    id: ConversationId,
    user: UserId,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE member SET takes_part = 1 WHERE conversation = ?1 AND user = ?2")?
        .execute([id.0, user.0])?;
    Ok(())
}

/// Whether a member takes part.
pub(in crate::storage::sqlite) fn takes_part(
    connection: &Connection,
    id: ConversationId,
    user: UserId,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT takes_part FROM member WHERE conversation = ?1 AND user = ?2")?
        .query_row([id.0, user.0], |row| row.get(0))
}

/// The direct conversation of two users.
pub(in crate::storage::sqlite) fn direct_between(
    connection: &Connection,
    user: UserId,
    other: UserId,
) -> rusqlite::Result<Option<SharedConversation>> {
    let Some(id) = conversations::direct(connection, user.min(other), user.max(other))? else {
        return Ok(None);
    };
    Ok(Some(SharedConversation {
        kind: ConversationKind::Direct,
        user_takes_part: takes_part(connection, id, user)?,
        other_takes_part: takes_part(connection, id, other)?,
    }))
}

/// Removes a member and their mentions.
pub(in crate::storage::sqlite) fn remove(
    connection: &Connection,
    id: ConversationId,
    user: UserId,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM member WHERE conversation = ?1 AND user = ?2")?
        .execute([id.0, user.0])?;
    mentions::delete_all(connection, user, id)?;
    connection
        .prepare_cached("UPDATE conversation SET member_count = member_count - 1 WHERE id = ?1")?
        .execute([id.0])?;
    Ok(())
}
