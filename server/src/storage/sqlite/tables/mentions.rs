//! Messages that mention members. A mention is unread until the read position of its member passes its event; it stays, since
//! a position may be set back.

use confab_shared::{
    conversation::{Conversation, UnreadMention},
    id::{ConversationId, Seq, UserId},
};
use rusqlite::Connection;

/// Inserts mentions of a message of an author, by an event: the message itself or an edit.
pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
    event: Seq,
    author: UserId,
    users: &[UserId],
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO mention (user, conversation, seq, event, author) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for user in users {
        insert.execute([user.0, id.0, seq.0, event.0, author.0])?;
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

/// Deletes the mentions of a user in a conversation.
pub(in crate::storage::sqlite) fn delete_all(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM mention WHERE user = ?1 AND conversation = ?2")?
        .execute([user.0, id.0])?;
    Ok(())
}

/// Puts the unread mentions of a user into their conversations.
pub(in crate::storage::sqlite) fn fill_all(
    connection: &Connection,
    user: UserId,
    conversations: &mut [Conversation],
) -> rusqlite::Result<()> {
    // Nothing is behind a position at the end.
    conversations
        .iter_mut()
        .filter(|conversation| conversation.read_seq < conversation.head_seq)
        .try_for_each(|conversation| fill(connection, user, conversation))
}

/// Puts the unread mentions of a user into one of their conversations, which has their read position.
pub(in crate::storage::sqlite) fn fill(
    connection: &Connection,
    user: UserId,
    conversation: &mut Conversation,
) -> rusqlite::Result<()> {
    conversation.mentions = connection
        .prepare_cached(
            "SELECT seq, event FROM mention WHERE user IN (?1, ?5) AND conversation = ?2 AND event > ?3 \
             AND author <> ?1 ORDER BY event DESC LIMIT ?4",
        )?
        .query_map(
            [
                user.0,
                conversation.id.0,
                conversation.read_seq.0,
                Conversation::MAX_MENTIONS as u64,
                UserId::ALL.0,
            ],
            |row| Ok(UnreadMention { seq: Seq(row.get(0)?), event: Seq(row.get(1)?) }),
        )?
        .collect::<rusqlite::Result<_>>()?;
    conversation.mentions.reverse();
    Ok(())
}
