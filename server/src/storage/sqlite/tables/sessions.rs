//! The table of sessions.

use confab_shared::{
    api::MAX_SESSIONS_LISTED,
    id::{Timestamp, UserId},
    user::User,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows;
use crate::{
    domain::sign_in::SecretHash,
    storage::{Device, StoredSession},
};

pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    token: &SecretHash,
    user: UserId,
    device: &Device,
    at: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO session (token, user, created_at, used_at, browser, address) \
             VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
        )?
        .execute(params![token, user.0, at.0, device.browser, device.address])?;
    Ok(())
}

pub(in crate::storage::sqlite) fn find(
    connection: &Connection,
    token: &SecretHash,
) -> rusqlite::Result<Option<(User, Timestamp)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {}, s.used_at FROM session s JOIN user u ON u.id = s.user WHERE s.token = ?1",
            rows::USER
        ))?
        .query_row([token], |row| Ok((rows::user(row, 0)?, Timestamp(row.get(3)?))))
        .optional()
}

/// Sets when a session was last used, and from where, if that is known.
pub(in crate::storage::sqlite) fn set_used(
    connection: &Connection,
    token: &SecretHash,
    at: Timestamp,
    address: Option<&str>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE session SET used_at = max(used_at, ?2), address = coalesce(?3, address) WHERE token = ?1",
        )?
        .execute(params![token, at.0, address])?;
    Ok(())
}

pub(in crate::storage::sqlite) fn of_user(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Vec<StoredSession>> {
    let session = |row: &Row<'_>| {
        Ok(StoredSession {
            id: row.get(0)?,
            token: row.get(1)?,
            created_at: Timestamp(row.get(2)?),
            used_at: Timestamp(row.get(3)?),
            device: Device { browser: row.get(4)?, address: row.get(5)? },
        })
    };
    connection
        .prepare_cached(
            "SELECT id, token, created_at, used_at, browser, address FROM session WHERE user = ?1 \
             ORDER BY used_at DESC, id DESC LIMIT ?2",
        )?
        .query_map(params![user.0, MAX_SESSIONS_LISTED], session)?
        .collect()
}

pub(in crate::storage::sqlite) fn delete(
    connection: &Connection,
    token: &SecretHash,
) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM session WHERE token = ?1")?.execute([token])?;
    Ok(())
}

/// Deletes a session of a user, and answers its token.
pub(in crate::storage::sqlite) fn delete_by_id(
    connection: &Connection,
    user: UserId,
    id: u64,
) -> rusqlite::Result<Option<SecretHash>> {
    connection
        .prepare_cached("DELETE FROM session WHERE user = ?1 AND id = ?2 RETURNING token")?
        // No session has an id that SQLite cannot store.
        .query_row([user.0, id.min(i64::MAX.unsigned_abs())], |row| row.get(0))
        .optional()
}

/// Deletes the sessions of a user, but the one that is kept.
pub(in crate::storage::sqlite) fn delete_all(
    connection: &Connection,
    user: UserId,
    kept: Option<SecretHash>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM session WHERE user = ?1 AND token IS NOT ?2")?
        .execute(params![user.0, kept])?;
    Ok(())
}

/// Deletes what was last used before a time.
pub(in crate::storage::sqlite) fn delete_unused(
    connection: &Connection,
    used_before: Timestamp,
) -> rusqlite::Result<Vec<(UserId, SecretHash)>> {
    connection
        .prepare_cached("DELETE FROM session WHERE used_at < ?1 RETURNING user, token")?
        .query_map([used_before.0], |row| Ok((UserId(row.get(0)?), row.get(1)?)))?
        .collect()
}
