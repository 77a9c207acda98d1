//! Unread messages that mention members.

use std::collections::HashSet;

use confab_shared::{
    conversation::{Conversation, UnreadMention},
    id::{ConversationId, Seq, UserId},
};
use rusqlite::Connection;

/// Inserts unread mentions of a message, by an event: the message itself or an edit.
pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
    event: Seq,
    users: &[UserId],
) -> rusqlite::Result<()> {
    let mut insert = connection
        .prepare_cached("INSERT INTO mention (user, conversation, seq, event) VALUES (?1, ?2, ?3, ?4)")?;
    for user in users {
        insert.execute([user.0, id.0, seq.0, event.0])?;
    }
    Ok(())
}

/// Deletes the mentions of users by a message.
pub(in crate::storage::sqlite) fn delete(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
    users: &[UserId],
) -> rusqlite::Result<()> {
    let mut delete = connection
        .prepare_cached("DELETE FROM mention WHERE user = ?1 AND conversation = ?2 AND seq = ?3")?;
    for user in users {
        delete.execute([user.0, id.0, seq.0])?;
    }
    Ok(())
}

/// Deletes the mentions of a user that are read up to a seq.
pub(in crate::storage::sqlite) fn delete_read(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    through: Seq,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM mention WHERE user = ?1 AND conversation = ?2 AND event <= ?3")?
        .execute([user.0, id.0, through.0])?;
    Ok(())
}

/// Puts the unread mentions of a user into their conversations.
pub(in crate::storage::sqlite) fn fill_all(
    connection: &Connection,
    user: UserId,
    conversations: &mut [Conversation],
) -> rusqlite::Result<()> {
    let mentioned: HashSet<ConversationId> = connection
        .prepare_cached("SELECT DISTINCT conversation FROM mention WHERE user = ?1")?
        .query_map([user.0], |row| Ok(ConversationId(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    conversations
        .iter_mut()
        .filter(|conversation| mentioned.contains(&conversation.id))
        .try_for_each(|conversation| fill(connection, user, conversation))
}

/// Puts the unread mentions of a user into one of their conversations.
pub(in crate::storage::sqlite) fn fill(
    connection: &Connection,
    user: UserId,
    conversation: &mut Conversation,
) -> rusqlite::Result<()> {
    conversation.mentions = connection
        .prepare_cached(
            "SELECT seq, event FROM mention WHERE user = ?1 AND conversation = ?2 ORDER BY event DESC LIMIT ?3",
        )?
        .query_map([user.0, conversation.id.0, Conversation::MAX_MENTIONS as u64], |row| {
            Ok(UnreadMention { seq: Seq(row.get(0)?), event: Seq(row.get(1)?) })
        })?
        .collect::<rusqlite::Result<_>>()?;
    conversation.mentions.reverse();
    Ok(())
}
