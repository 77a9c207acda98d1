//! Reactions: a row for each user, message and emoji.

use std::collections::HashMap;

use confab_shared::{
    emoji::Emoji,
    id::{ConversationId, Seq, UserId},
};
use rusqlite::{Connection, params};

use super::position::{position, seq_of};

/// Adds a reaction, or removes it.
pub(in crate::storage::sqlite) fn set(
    connection: &Connection,
    (id, target): (ConversationId, Seq),
    emoji: &Emoji,
    user: UserId,
    event: Option<Seq>,
) -> rusqlite::Result<()> {
    let message = position(id, target);
    match event {
        Some(seq) => connection
            .prepare_cached("INSERT INTO reaction (message, emoji, user, seq) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![message, emoji.as_str(), user.0, seq.0])?,
        None => connection
            .prepare_cached("DELETE FROM reaction WHERE message = ?1 AND emoji = ?2 AND user = ?3")?
            .execute(params![message, emoji.as_str(), user.0])?,
    };
    Ok(())
}

/// Deletes all reactions to a message.
pub(in crate::storage::sqlite) fn delete_all(
    connection: &Connection,
    id: ConversationId,
    target: Seq,
) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM reaction WHERE message = ?1")?.execute([position(id, target)])?;
    Ok(())
}

/// Whether a user reacted with an emoji, and whether another did.
pub(in crate::storage::sqlite) fn reacted(
    connection: &Connection,
    (id, target): (ConversationId, Seq),
    emoji: &Emoji,
    user: UserId,
) -> rusqlite::Result<(bool, bool)> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM reaction WHERE message = ?1 AND emoji = ?2 AND user = ?3), \
             EXISTS (SELECT 1 FROM reaction WHERE message = ?1 AND emoji = ?2 AND user <> ?3)",
        )?
        .query_row(params![position(id, target), emoji.as_str(), user.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
}

/// The users of each reaction to the messages from one seq to another, in the order of their reactions.
pub(in crate::storage::sqlite) fn between(
    connection: &Connection,
    id: ConversationId,
    (first, last): (Seq, Seq),
) -> rusqlite::Result<HashMap<(Seq, Emoji), Vec<UserId>>> {
    let mut query = connection.prepare_cached(
        "SELECT message, emoji, user FROM reaction WHERE message BETWEEN ?1 AND ?2 ORDER BY message, seq",
    )?;
    let mut found = query.query([position(id, first), position(id, last)])?;
    let mut reactions: HashMap<_, Vec<_>> = HashMap::new();
    while let Some(row) = found.next()? {
        let emoji = Emoji::existing(row.get_ref(1)?.as_str()?);
        reactions.entry((seq_of(row.get(0)?), emoji)).or_default().push(UserId(row.get(2)?));
    }
    Ok(reactions)
}
