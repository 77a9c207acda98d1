//! What users decided about being added to groups, and the requests to join groups that they have.

use confab_shared::{
    api::Access,
    group_request::GroupRequest,
    id::{ConversationId, Timestamp, UserId},
    text::Title,
    user::User,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::rows;
use crate::domain::consent::{AskedUser, ConsentSetting, RequestState};

/// Whether a user is asked, as they decided.
pub(in crate::storage::sqlite) fn setting(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Option<bool>> {
    connection
        .prepare_cached("SELECT asks_before_groups FROM user WHERE id = ?1")?
        .query_row([user.0], |row| row.get(0))
}

/// Sets whether a user is asked.
pub(in crate::storage::sqlite) fn set_setting(
    connection: &Connection,
    user: UserId,
    asks: bool,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE user SET asks_before_groups = ?2 WHERE id = ?1")?
        .execute(params![user.0, asks])?;
    Ok(())
}

/// Those of the users who are asked before people whom they never met add them to a group.
pub(in crate::storage::sqlite) fn asked(
    connection: &Connection,
    access: Access,
    actor: UserId,
    group: Option<ConversationId>,
    users: &[(String, User)],
) -> rusqlite::Result<Vec<AskedUser>> {
    let mut setting =
        connection.prepare_cached("SELECT asks_before_groups, role, kind FROM user WHERE id = ?1")?;
    let mut asked = Vec::new();
    for (_, user) in users {
        let setting = setting.query_row([user.id.0], |row| {
            Ok(ConsentSetting {
                chosen: row.get(0)?,
                role: rows::server_role(row.get(1)?)?,
                kind: rows::user_kind(row.get(2)?)?,
            })
        })?;
        if setting.asks(access) {
            let (pending_requests, pending_by_actor) = pending_counts(connection, user.id, actor)?;
            asked.push(AskedUser {
                user: user.id,
                has_met_actor: have_met(connection, user.id, actor)?,
                request: match group {
                    Some(group) => state(connection, user.id, group)?,
                    None => None,
                },
                pending_requests,
                pending_by_actor,
            });
        }
    }
    Ok(asked)
}

/// Whether two users share a conversation in which both take part; nobody takes part in Everyone. The conversations of
/// the first are looked at: an actor may be in many.
fn have_met(connection: &Connection, user: UserId, actor: UserId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM member m CROSS JOIN member a ON a.user = ?2 AND a.conversation = m.conversation \
             WHERE m.user = ?1 AND m.takes_part = 1 AND a.takes_part = 1",
        )?
        .exists([user.0, actor.0])
}

/// The request of a user to join a group.
pub(in crate::storage::sqlite) fn state(
    connection: &Connection,
    user: UserId,
    group: ConversationId,
) -> rusqlite::Result<Option<RequestState>> {
    let declined = connection
        .prepare_cached("SELECT declined FROM group_request WHERE user = ?1 AND conversation = ?2")?
        .query_row([user.0, rows::key(group)], |row| row.get(0))
        .optional()?;
    Ok(declined.map(|declined| if declined { RequestState::Declined } else { RequestState::Pending }))
}

/// How many requests a user has not answered, and how many of them an actor made.
fn pending_counts(connection: &Connection, user: UserId, actor: UserId) -> rusqlite::Result<(usize, usize)> {
    connection
        .prepare_cached(
            "SELECT count(*), count(*) FILTER (WHERE made_by = ?2) FROM group_request \
             WHERE user = ?1 AND declined = 0",
        )?
        .query_row([user.0, actor.0], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Adds requests of users who have none of the group, or declined one.
pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    group: ConversationId,
    users: &[UserId],
    by: UserId,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO group_request (user, conversation, made_by, at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for user in users {
        insert.execute([user.0, group.0, by.0, at.0])?;
    }
    Ok(())
}

/// Ends the requests of users to join a group.
pub(in crate::storage::sqlite) fn delete(
    connection: &Connection,
    group: ConversationId,
    users: &[UserId],
) -> rusqlite::Result<()> {
    let mut delete =
        connection.prepare_cached("DELETE FROM group_request WHERE user = ?1 AND conversation = ?2")?;
    for user in users {
        delete.execute([user.0, group.0])?;
    }
    Ok(())
}

/// Ends every request to join a group.
pub(in crate::storage::sqlite) fn delete_all(
    connection: &Connection,
    group: ConversationId,
) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM group_request WHERE conversation = ?1")?.execute([group.0])?;
    Ok(())
}

/// Declines a request. Answers whether there is one.
pub(in crate::storage::sqlite) fn decline(
    connection: &Connection,
    user: UserId,
    group: ConversationId,
) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached("UPDATE group_request SET declined = 1 WHERE user = ?1 AND conversation = ?2")?
        .execute([user.0, rows::key(group)])?;
    Ok(changed > 0)
}

/// The requests that a user has not answered, the newest first.
pub(in crate::storage::sqlite) fn list(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<Vec<GroupRequest>> {
    connection
        .prepare_cached(
            "SELECT r.conversation, coalesce(c.title, ''), r.at, u.id, u.name, u.display_name FROM group_request r \
             JOIN conversation c ON c.id = r.conversation JOIN user u ON u.id = r.made_by \
             WHERE r.user = ?1 AND r.declined = 0 ORDER BY r.at DESC, r.conversation DESC",
        )?
        .query_map([user.0], |row| {
            Ok(GroupRequest {
                conversation: ConversationId(row.get(0)?),
                title: Title::from(row.get::<_, String>(1)?),
                at: Timestamp(row.get(2)?),
                by: rows::user(row, 3)?,
            })
        })?
        .collect()
}
