//! Users as the administration sees them.

use confab_shared::{
    api::Account,
    id::{Timestamp, UserId},
    user::ServerRole,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows;
use crate::domain::account::Standing;

/// The columns of [`account`], of a table called `u`.
const ACCOUNT: &str = "u.id, u.name, u.display_name, u.role, u.deactivated_at IS NULL, u.password IS NOT NULL, \
     EXISTS (SELECT 1 FROM second_factor f WHERE f.user = u.id AND f.confirmed), u.last_seen";

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let last_seen: Option<u64> = row.get(7)?;
    Ok(Account {
        user: rows::user(row, 0)?,
        role: rows::server_role(row.get(3)?)?,
        active: row.get(4)?,
        has_password: row.get(5)?,
        has_second_factor: row.get(6)?,
        last_seen: last_seen.map(Timestamp),
    })
}

pub(in crate::storage::sqlite) fn by_id(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Option<Account>> {
    connection
        .prepare_cached(&format!("SELECT {ACCOUNT} FROM user u WHERE u.id = ?1"))?
        // No user has an id that SQLite cannot store.
        .query_row([user.0.min(i64::MAX.unsigned_abs())], account)
        .optional()
}

pub(in crate::storage::sqlite) fn page(
    connection: &Connection,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<Account>> {
    // The highest character of Unicode ends every range of keys with one prefix. The whole list is read in the order of the
    // index of names, up to the limit; what a search finds is sorted.
    let begins = match prefix {
        "" => "",
        _ => {
            "(u.name_key >= ?1 AND u.name_key < ?1 || char(1114111) \
             OR u.shown_key >= ?1 AND u.shown_key < ?1 || char(1114111)) AND"
        }
    };
    connection
        .prepare_cached(&format!(
            "SELECT {ACCOUNT} FROM user u WHERE {begins} u.kind <> 0 AND u.name_key > coalesce(?2, '') \
             ORDER BY u.name_key LIMIT ?3"
        ))?
        .query_map(params![prefix, after, i64::try_from(limit).unwrap_or(i64::MAX)], account)?
        .collect()
}

/// What a user is on the server.
pub(in crate::storage::sqlite) fn standing(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Option<Standing>> {
    connection
        .prepare_cached("SELECT role, deactivated_at IS NULL FROM user WHERE id = ?1")?
        .query_row([user.0.min(i64::MAX.unsigned_abs())], |row| {
            Ok(Standing { role: rows::server_role(row.get(0)?)?, active: row.get(1)? })
        })
        .optional()
}

pub(in crate::storage::sqlite) fn set_standing(
    connection: &Connection,
    user: UserId,
    Standing { role, active }: Standing,
    at: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE user SET role = ?2, deactivated_at = CASE WHEN ?3 THEN NULL ELSE coalesce(deactivated_at, ?4) END \
             WHERE id = ?1",
        )?
        .execute(params![user.0, rows::server_role_number(role), active, at.0])?;
    Ok(())
}

pub(in crate::storage::sqlite) fn has_owner(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM user WHERE role = ?1 AND role < 2 AND deactivated_at IS NULL")?
        .exists([rows::server_role_number(ServerRole::Owner)])
}
