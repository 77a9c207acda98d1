//! The table of users.

use confab_shared::{
    conversation::ConversationKind,
    id::{Timestamp, UserId},
    user::{ServerRole, User},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::rows;
use crate::{
    domain::{name::skeleton, presence::SharedConversation, sign_in::UserKind},
    storage::{EVERYONE, KnownUser, NewDisplayName, NewName},
};

/// Inserts an unclaimed user.
pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    name: &NewName,
    kind: UserKind,
    at: Timestamp,
) -> rusqlite::Result<UserId> {
    let kind = rows::user_kind_number(kind);
    connection
        .prepare_cached(
            "INSERT INTO user (name, name_key, shown_key, skeleton, kind, created_at) VALUES (?1, ?2, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![name.name.as_str(), name.key, name.skeleton, kind, at.0])?;
    Ok(UserId(connection.last_insert_rowid().unsigned_abs()))
}

pub(in crate::storage::sqlite) fn set_kind(
    connection: &Connection,
    user: UserId,
    kind: UserKind,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE user SET kind = ?2 WHERE id = ?1")?
        .execute(params![user.0, rows::user_kind_number(kind)])?;
    Ok(())
}

/// Whether the name of a user has a skeleton. Names that are awaited keep nobody from one that looks like them.
pub(in crate::storage::sqlite) fn looks_like_one(
    connection: &Connection,
    skeleton: &str,
) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM user WHERE skeleton = ?1 AND kind > 0")?.exists([skeleton])
}

/// Whether a display name looks like the name of a user other than the one who is to have it.
pub(in crate::storage::sqlite) fn looks_like_another(
    connection: &Connection,
    new: &NewDisplayName,
    user: Option<UserId>,
) -> rusqlite::Result<bool> {
    let mut query =
        connection.prepare_cached("SELECT 1 FROM user WHERE skeleton = ?1 AND kind > 0 AND id IS NOT ?2")?;
    for skeleton in &new.skeletons {
        if query.exists(params![skeleton, user.map(|user| user.0)])? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(in crate::storage::sqlite) fn set_display_name(
    connection: &Connection,
    user: UserId,
    new: Option<&NewDisplayName>,
) -> rusqlite::Result<User> {
    let (display_name, key) = new.map(|new| (new.display_name.as_str(), new.key.as_str())).unzip();
    connection
        .prepare_cached(
            "UPDATE user SET display_name = ?2, shown_key = coalesce(?3, name_key) WHERE id = ?1",
        )?
        .execute(params![user.0, display_name, key])?;
    by_id(connection, user)
}

/// Gives every user the skeleton of their name: for a database that has none yet.
pub(in crate::storage::sqlite) fn fill_skeletons(connection: &Connection) -> rusqlite::Result<()> {
    let mut users = connection.prepare("SELECT id, name_key FROM user")?;
    let mut update = connection.prepare("UPDATE user SET skeleton = ?2 WHERE id = ?1")?;
    let mut rows = users.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name_key): (u64, String) = (row.get(0)?, row.get(1)?);
        update.execute(params![id, skeleton(&name_key)])?;
    }
    Ok(())
}

/// The hash of a user's password.
pub(in crate::storage::sqlite) fn password(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT password FROM user WHERE id = ?1")?
        .query_row([user.0], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}

pub(in crate::storage::sqlite) fn user(
    connection: &Connection,
    name_key: &str,
) -> rusqlite::Result<Option<KnownUser>> {
    connection
        .prepare_cached(&format!("SELECT {} FROM user u WHERE name_key = ?1", rows::KNOWN_USER))?
        .query_row([name_key], rows::known_user)
        .optional()
}

/// The users of name keys, of those that exist and are not awaited. Each list is longest first.
pub(in crate::storage::sqlite) fn by_name_keys(
    connection: &Connection,
    lists: &[Vec<String>],
) -> rusqlite::Result<Vec<(String, User)>> {
    let mut found = Vec::new();
    for name_keys in lists {
        find_in_list(connection, name_keys, &mut found)?;
    }
    Ok(found)
}

/// One seek in the index of names passes over all shorter keys that nobody has, mostly: at most there is one for each key.
fn find_in_list(
    connection: &Connection,
    name_keys: &[String],
    found: &mut Vec<(String, User)>,
) -> rusqlite::Result<()> {
    let mut query = connection.prepare_cached(
        "SELECT id, name, display_name, name_key, kind > 0 FROM user WHERE name_key <= ?1 \
         ORDER BY name_key DESC LIMIT 1",
    )?;
    let mut rest = name_keys;
    while let Some((wanted, shorter)) = rest.split_first() {
        rest = shorter;
        let nearest: Option<(User, String, bool)> = query
            .query_row([wanted], |row| Ok((rows::user(row, 0)?, row.get(3)?, row.get(4)?)))
            .optional()?;
        match nearest {
            Some((_, key, false)) if key == *wanted => {}
            Some((user, key, true)) if key == *wanted => found.push((key, user)),
            // A key that `wanted` begins with sorts before it, and so does all that stands between the two: if a user
            // had it, the nearest key would begin with it, too.
            other => {
                let key = other.map(|(_, key, _)| key).unwrap_or_default();
                let unused = |name: &str| wanted.starts_with(name) && !key.starts_with(name);
                while let Some((_, shorter)) = rest.split_first().filter(|(name, _)| unused(name)) {
                    rest = shorter;
                }
            }
        }
    }
    Ok(())
}

pub(in crate::storage::sqlite) fn users_by_prefix(
    connection: &Connection,
    prefix: &str,
    limit: usize,
) -> rusqlite::Result<Vec<User>> {
    // The highest character of Unicode ends every range of keys with one prefix. Each range is read in the order of its index.
    let queries = [
        "SELECT u.id, u.name, u.display_name FROM user u WHERE u.name_key >= ?1 AND u.name_key < ?1 || char(1114111) \
         AND u.kind > 0 ORDER BY u.name_key LIMIT ?2",
        "SELECT u.id, u.name, u.display_name FROM user u WHERE u.shown_key >= ?1 AND u.shown_key < ?1 || char(1114111) \
         AND NOT (u.name_key >= ?1 AND u.name_key < ?1 || char(1114111)) AND u.kind > 0 \
         ORDER BY u.shown_key, u.name_key LIMIT ?2",
    ];
    let mut found = Vec::new();
    for query in queries {
        let left = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
        let mut query = connection.prepare_cached(query)?;
        for user in query.query_map(params![prefix, left], |row| rows::user(row, 0))? {
            found.push(user?);
        }
    }
    Ok(found)
}

/// The users who may know of a user: see [`crate::storage::Users::acquaintances`].
pub(in crate::storage::sqlite) fn acquaintances(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Vec<UserId>> {
    connection
        .prepare_cached(
            "SELECT id FROM user WHERE role < ?2 OR id = ?1 UNION SELECT other.user FROM member m \
             JOIN member other ON other.conversation = m.conversation WHERE m.user = ?1 AND m.conversation <> ?3",
        )?
        .query_map(params![user.0, rows::server_role_number(ServerRole::Guest), EVERYONE.0], |row| {
            Ok(UserId(row.get(0)?))
        })?
        .collect()
}

pub(in crate::storage::sqlite) fn set_last_seen(
    connection: &Connection,
    user: UserId,
    at: Timestamp,
) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE user SET last_seen = ?2 WHERE id = ?1")?.execute([user.0, at.0])?;
    Ok(())
}

pub(in crate::storage::sqlite) fn direct_peers(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Vec<(KnownUser, SharedConversation)>> {
    connection
        .prepare_cached(&format!(
            "SELECT {}, m.takes_part, p.takes_part FROM member m JOIN conversation c ON c.id = m.conversation \
             JOIN user u ON u.id = CASE WHEN c.low = m.user THEN c.high ELSE c.low END \
             JOIN member p ON p.conversation = c.id AND p.user = u.id WHERE m.user = ?1 AND c.kind = 1",
            rows::KNOWN_USER
        ))?
        .query_map([user.0], |row| {
            let shared = SharedConversation {
                kind: ConversationKind::Direct,
                user_takes_part: row.get(rows::KNOWN_USER_COLUMNS)?,
                other_takes_part: row.get(rows::KNOWN_USER_COLUMNS + 1)?,
            };
            Ok((rows::known_user(row)?, shared))
        })?
        .collect()
}

/// The users of some ids, in their order.
pub(in crate::storage::sqlite) fn by_ids(
    connection: &Connection,
    ids: &[UserId],
) -> rusqlite::Result<Vec<User>> {
    let mut query = connection.prepare_cached(BY_ID)?;
    ids.iter().map(|id| query.query_row([id.0], |row| rows::user(row, 0))).collect()
}

const BY_ID: &str = "SELECT id, name, display_name FROM user WHERE id = ?1";

fn by_id(connection: &Connection, user: UserId) -> rusqlite::Result<User> {
    connection.prepare_cached(BY_ID)?.query_row([user.0], |row| rows::user(row, 0))
}
