//! The tables of second factors and recovery codes.

use confab_shared::id::UserId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::domain::{
    second_factor::{Secret, ShownCode, Step, StoredFactor},
    sign_in::SecretHash,
};

pub(in crate::storage::sqlite) fn find(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Option<StoredFactor>> {
    let factor = |row: &Row<'_>| {
        Ok(StoredFactor {
            secret: row.get(0)?,
            confirmed: row.get(1)?,
            last_step: row.get(2)?,
            recovery_codes: Vec::new(),
        })
    };
    let found = connection
        .prepare_cached("SELECT secret, confirmed, last_step FROM second_factor WHERE user = ?1")?
        .query_row([user.0], factor)
        .optional()?;
    let Some(mut factor) = found else { return Ok(None) };
    factor.recovery_codes = connection
        .prepare_cached("SELECT code FROM recovery_code WHERE user = ?1")?
        .query_map([user.0], |row| row.get::<_, SecretHash>(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Some(factor))
}

/// Sets a secret, unless there is a confirmed one. Answers whether it did.
pub(in crate::storage::sqlite) fn set(
    connection: &Connection,
    user: UserId,
    secret: &Secret,
) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "INSERT INTO second_factor (user, secret) VALUES (?1, ?2) \
             ON CONFLICT (user) DO UPDATE SET secret = excluded.secret WHERE NOT confirmed",
        )?
        .execute(params![user.0, secret])?;
    Ok(changed > 0)
}

/// Confirms a secret, if it is the user's unconfirmed one. Answers whether it did.
pub(in crate::storage::sqlite) fn confirm(
    connection: &Connection,
    user: UserId,
    secret: &Secret,
    step: Step,
    recovery_codes: &[SecretHash],
) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE second_factor SET confirmed = 1, last_step = ?3 WHERE user = ?1 AND secret = ?2 AND NOT confirmed",
        )?
        .execute(params![user.0, secret, step])?;
    if changed == 0 {
        return Ok(false);
    }
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO recovery_code (user, code) VALUES (?1, ?2)")?;
    for code in recovery_codes {
        insert.execute(params![user.0, code])?;
    }
    Ok(true)
}

/// Uses up a code that was accepted.
pub(in crate::storage::sqlite) fn use_up(
    connection: &Connection,
    user: UserId,
    accepted: ShownCode,
) -> rusqlite::Result<()> {
    match accepted {
        ShownCode::Step(step) => connection
            .prepare_cached("UPDATE second_factor SET last_step = ?2 WHERE user = ?1")?
            .execute([user.0, step])?,
        ShownCode::Recovery(code) => connection
            .prepare_cached("DELETE FROM recovery_code WHERE user = ?1 AND code = ?2")?
            .execute(params![user.0, code])?,
        ShownCode::Nothing | ShownCode::Wrong => 0,
    };
    Ok(())
}

pub(in crate::storage::sqlite) fn delete(connection: &Connection, user: UserId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM recovery_code WHERE user = ?1")?.execute([user.0])?;
    connection.prepare_cached("DELETE FROM second_factor WHERE user = ?1")?.execute([user.0])?;
    Ok(())
}
