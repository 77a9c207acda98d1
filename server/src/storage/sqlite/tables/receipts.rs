//! Whether users share their read positions.

use confab_shared::id::{ConversationId, Seq, UserId};
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

/// Members behind an id who have read up to a seq, as the file has it, take part and share that, with how far; at most `limit`, in
/// the order of their ids.
pub(in crate::storage::sqlite) fn readers(
    connection: &Connection,
    id: ConversationId,
    seq: Seq,
    after: UserId,
    limit: usize,
) -> rusqlite::Result<Vec<(UserId, Seq)>> {
    let number = |number: u64| number.min(i64::MAX.unsigned_abs());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT m.user, m.read_seq FROM member m JOIN user u ON u.id = m.user WHERE m.conversation = ?1 AND m.user > ?2 \
             AND m.read_seq >= ?3 AND m.takes_part = 1 AND u.shares_read_positions = 1 ORDER BY m.user LIMIT ?4",
        )?
        .query_map(params![id.0, number(after.0), number(seq.0), limit], |row| {
            Ok((UserId(row.get(0)?), Seq(row.get(1)?)))
        })?
        .collect()
}
