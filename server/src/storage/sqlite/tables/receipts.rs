//! Whether users share their read positions.

use confab_shared::id::{ConversationId, UserId};
use rusqlite::{Connection, params};

/// Whether a user shares their read positions.
pub(in crate::storage::sqlite) fn shares(connection: &Connection, user: UserId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT shares_read_positions FROM user WHERE id = ?1")?
        .query_row([user.0], |row| row.get(0))
}

/// Sets whether a user shares their read positions.
pub(in crate::storage::sqlite) fn set_shares(
    connection: &Connection,
    user: UserId,
    shares: bool,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE user SET shares_read_positions = ?2 WHERE id = ?1")?
        .execute(params![user.0, shares])?;
    Ok(())
}

/// The members behind an id who take part and share their read positions, in the order of their ids.
pub(in crate::storage::sqlite) fn sharing(
    connection: &Connection,
    id: ConversationId,
    after: UserId,
) -> rusqlite::Result<Vec<UserId>> {
    connection
        .prepare_cached(
            "SELECT m.user FROM member m JOIN user u ON u.id = m.user WHERE m.conversation = ?1 AND m.user > ?2 \
             AND m.takes_part = 1 AND u.shares_read_positions = 1 ORDER BY m.user",
        )?
        .query_map([id.0, after.0], |row| Ok(UserId(row.get(0)?)))?
        .collect()
}
