//! The table of conversations.

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    id::{ConversationId, Timestamp, UserId},
    text::{Title, Topic},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::rows;

/// Inserts a conversation without members.
pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    kind: ConversationKind,
    pair: Option<(UserId, UserId)>,
    at: Timestamp,
) -> rusqlite::Result<ConversationId> {
    let (low, high) = pair.unzip();
    connection
        .prepare_cached(
            "INSERT INTO conversation (kind, low, high, last_activity_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![rows::kind_number(kind), low.map(|u| u.0), high.map(|u| u.0), at.0])?;
    Ok(ConversationId(connection.last_insert_rowid().unsigned_abs()))
}

/// Writes what every member sees of a conversation and no compaction writes.
pub(in crate::storage::sqlite) fn update(
    connection: &Connection,
    conversation: &Conversation,
) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE conversation SET title = ?2, topic = ?3 WHERE id = ?1")?.execute(
        params![
            conversation.id.0,
            conversation.title.as_ref().map(Title::as_str),
            conversation.topic.as_ref().map(Topic::as_str),
        ],
    )?;
    Ok(())
}

/// The direct conversation of two users, the lower id first.
pub(in crate::storage::sqlite) fn direct(
    connection: &Connection,
    low: UserId,
    high: UserId,
) -> rusqlite::Result<Option<ConversationId>> {
    connection
        .prepare_cached("SELECT id FROM conversation WHERE low = ?1 AND high = ?2")?
        .query_row([low.0, high.0], |row| Ok(ConversationId(row.get(0)?)))
        .optional()
}

/// The kind of a conversation that a user is a member of.
pub(in crate::storage::sqlite) fn kind_for(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
) -> rusqlite::Result<Option<ConversationKind>> {
    connection
        .prepare_cached(
            "SELECT c.kind FROM member m JOIN conversation c ON c.id = m.conversation \
             WHERE m.conversation = ?1 AND m.user = ?2",
        )?
        .query_row([rows::key(id), user.0], |row| rows::kind(row.get(0)?))
        .optional()
}
