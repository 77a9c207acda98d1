//! Who is called by name, and has not read it yet.

use std::collections::HashSet;

use confab_shared::{conversation::Conversation, id::{ConversationId, Seq, UserId}};
use rusqlite::{Connection, OptionalExtension};

use super::heads::Head;

/// Remembers a message for the members whom it calls, but its author. Answers who they are, each once. Costs nothing
/// for a message that calls nobody.
pub(super) fn record(
    connection: &Connection,
    (id, seq): (ConversationId, Seq),
    head: &mut Head,
    author: UserId,
    calls: &[Vec<String>],
) -> rusqlite::Result<Vec<UserId>> {
    let mut users = Vec::new();
    for name_keys in calls {
        users.extend(meant(connection, head, name_keys)?.filter(|user| *user != author));
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

/// The member who has the first of some name keys, the longest first. One seek in the index of names passes over all
/// names that nobody has, mostly: at most there is one for each name.
fn meant(connection: &Connection, head: &Head, name_keys: &[String]) -> rusqlite::Result<Option<UserId>> {
    let mut query = connection.prepare_cached(
        "SELECT id, name_key FROM user WHERE name_key <= ?1 ORDER BY name_key DESC LIMIT 1",
    )?;
    let mut rest = name_keys;
    while let Some((wanted, shorter)) = rest.split_first() {
        rest = shorter;
        let nearest: Option<(UserId, String)> =
            query.query_row([wanted], |row| Ok((UserId(row.get(0)?), row.get(1)?))).optional()?;
        match nearest {
            Some((user, key)) if key == *wanted => {
                if head.has(user) {
                    return Ok(Some(user));
                }
            }
            // A key that `wanted` begins with sorts before it, and so does all that stands between the two: were it
            // somebody's, the nearest key would begin with it, too.
            other => {
                let key = other.map(|(_, key)| key).unwrap_or_default();
                let nobodys = |name: &str| wanted.starts_with(name) && !key.starts_with(name);
                while let Some((_, shorter)) = rest.split_first().filter(|(name, _)| nobodys(name)) {
                    rest = shorter;
                }
            }
        }
    }
    Ok(None)
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
