//! Who is called by name, and has not read it yet.

use std::collections::HashSet;

use confab_shared::{
    ids::{ConversationId, Seq, UserId},
    model::Conversation,
};
use rusqlite::{Connection, OptionalExtension};

use super::heads::Head;

/// Remembers a message for those whom it calls: the members among the name keys, but its author. Answers who they
/// are, each once.
pub(super) fn record(
    connection: &Connection,
    (id, seq): (ConversationId, Seq),
    head: &mut Head,
    author: UserId,
    calls: &[String],
) -> rusqlite::Result<Vec<UserId>> {
    let mut users = Vec::new();
    for name_key in calls {
        let user = connection
            .prepare_cached("SELECT id FROM user WHERE name_key = ?1")?
            .query_row([name_key], |row| Ok(UserId(row.get(0)?)))
            .optional()?;
        users.extend(user.filter(|user| *user != author && head.has(*user)));
    }
    users.sort_unstable();
    users.dedup();
    for user in &users {
        connection
            .prepare_cached("INSERT INTO mention (user, conversation, seq) VALUES (?1, ?2, ?3)")?
            .execute([user.0, id.0, seq.0])?;
        head.called(*user);
    }
    Ok(users)
}

/// Forgets what somebody has read.
pub(super) fn forget(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    through: Seq,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM mention WHERE user = ?1 AND conversation = ?2 AND seq <= ?3")?
        .execute([user.0, id.0, through.0])?;
    Ok(())
}

/// Puts the unread mentions of a user into their conversations.
pub(super) fn fill_all(
    connection: &Connection,
    user: UserId,
    conversations: &mut [Conversation],
) -> rusqlite::Result<()> {
    let called: HashSet<ConversationId> = connection
        .prepare_cached("SELECT DISTINCT conversation FROM mention WHERE user = ?1")?
        .query_map([user.0], |row| Ok(ConversationId(row.get(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    conversations
        .iter_mut()
        .filter(|conversation| called.contains(&conversation.id))
        .try_for_each(|conversation| fill(connection, user, conversation))
}

/// Puts the unread mentions of a user into one of their conversations.
pub(super) fn fill(
    connection: &Connection,
    user: UserId,
    conversation: &mut Conversation,
) -> rusqlite::Result<()> {
    conversation.mentions = connection
        .prepare_cached(
            "SELECT seq FROM mention WHERE user = ?1 AND conversation = ?2 ORDER BY seq DESC LIMIT ?3",
        )?
        .query_map([user.0, conversation.id.0, Conversation::MAX_MENTIONS as u64], |row| {
            Ok(Seq(row.get(0)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    conversation.mentions.reverse();
    Ok(())
}
