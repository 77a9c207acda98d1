//! The tables of invitations and of the groups that they lead to.

use confab_shared::{
    api::Invitation,
    id::{ConversationId, Timestamp, UserId},
    text::Title,
    user::{ServerRole, User},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{accounts, rows};
use crate::{
    domain::{
        account::{Door, InvitationState, Standing},
        sign_in::SecretHash,
    },
    storage::invitations::{KnownInvitation, NewInvitation},
};

/// The role of set-up links, which nobody made.
fn setup_role() -> u8 {
    rows::server_role_number(ServerRole::Owner)
}

/// An invitation's row.
pub(in crate::storage::sqlite) struct Found {
    pub(in crate::storage::sqlite) id: u64,
    pub(in crate::storage::sqlite) by: Option<User>,
    pub(in crate::storage::sqlite) role: ServerRole,
    pub(in crate::storage::sqlite) door: Door,
}

pub(in crate::storage::sqlite) fn insert(
    connection: &Connection,
    new: &NewInvitation,
) -> rusqlite::Result<u64> {
    let role = rows::server_role_number(new.role);
    connection
        .prepare_cached(
            "INSERT INTO invitation (token, made_by, role, uses_left, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![new.token, new.by.map(|by| by.0), role, new.uses, new.expires_at.0])?;
    let id = connection.last_insert_rowid().unsigned_abs();
    let mut group = connection.prepare_cached(
        "INSERT OR IGNORE INTO invitation_group (invitation, conversation) VALUES (?1, ?2)",
    )?;
    for conversation in &new.groups {
        group.execute([id, rows::key(*conversation)])?;
    }
    Ok(id)
}

pub(in crate::storage::sqlite) fn find(
    connection: &Connection,
    token: &SecretHash,
) -> rusqlite::Result<Option<Found>> {
    let row = |row: &Row<'_>| {
        let made_by: Option<u64> = row.get(1)?;
        let by = made_by.map(|_| rows::user(row, 5)).transpose()?;
        let state = InvitationState {
            role: rows::server_role(row.get(2)?)?,
            uses_left: row.get(3)?,
            expires_at: Timestamp(row.get(4)?),
            // Whoever runs the server may all.
            by: Standing { role: ServerRole::Owner, active: true },
        };
        Ok((row.get(0)?, by, state))
    };
    let found: Option<(u64, Option<User>, InvitationState)> = connection
        .prepare_cached(
            "SELECT i.id, i.made_by, i.role, i.uses_left, i.expires_at, u.id, u.name, u.display_name \
             FROM invitation i LEFT JOIN user u ON u.id = i.made_by WHERE i.token = ?1",
        )?
        .query_row([token], row)
        .optional()?;
    let Some((id, by, mut state)) = found else { return Ok(None) };
    let role = state.role;
    let door = match &by {
        None if role == ServerRole::Owner => Door::Setup {
            has_owner: accounts::has_owner(connection)?,
            uses_left: state.uses_left,
            expires_at: state.expires_at,
        },
        None => Door::Invitation(state),
        Some(by) => match accounts::standing(connection, by.id)? {
            Some(standing) => {
                state.by = standing;
                Door::Invitation(state)
            }
            None => Door::UnknownToken,
        },
    };
    Ok(Some(Found { id, by, role, door }))
}

pub(in crate::storage::sqlite) fn known(
    connection: &Connection,
    token: &SecretHash,
) -> rusqlite::Result<Option<KnownInvitation>> {
    let found = find(connection, token)?;
    Ok(found.map(|Found { by, role, door, .. }| KnownInvitation { door, role, by: by.map(|by| by.name) }))
}

pub(in crate::storage::sqlite) fn delete_setup_links(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM invitation WHERE made_by IS NULL AND role = ?1")?
        .execute([setup_role()])?;
    Ok(())
}

/// Counts that somebody has come by an invitation.
pub(in crate::storage::sqlite) fn set_used(connection: &Connection, id: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE invitation SET uses_left = uses_left - 1, used = used + 1 WHERE id = ?1")?
        .execute([id])?;
    Ok(())
}

/// The groups that an invitation leads to.
pub(in crate::storage::sqlite) fn groups(
    connection: &Connection,
    id: u64,
) -> rusqlite::Result<Vec<ConversationId>> {
    connection
        .prepare_cached(
            "SELECT conversation FROM invitation_group WHERE invitation = ?1 ORDER BY conversation",
        )?
        .query_map([id], |row| Ok(ConversationId(row.get(0)?)))?
        .collect()
}

pub(in crate::storage::sqlite) fn list(
    connection: &Connection,
    by: Option<UserId>,
    at: Timestamp,
) -> rusqlite::Result<Vec<Invitation>> {
    let invitation = |row: &Row<'_>| {
        let name: Option<String> = row.get(6)?;
        Ok(Invitation {
            id: row.get(0)?,
            role: rows::server_role(row.get(1)?)?,
            uses_left: row.get(2)?,
            used: row.get(3)?,
            expires_at: Timestamp(row.get(4)?),
            by: name.map(|_| rows::user(row, 5)).transpose()?,
            groups: Vec::new(),
        })
    };
    let mut invitations = connection
        .prepare_cached(
            "SELECT i.id, i.role, i.uses_left, i.used, i.expires_at, u.id, u.name, u.display_name \
             FROM invitation i LEFT JOIN user u ON u.id = i.made_by \
             WHERE (?1 IS NULL OR i.made_by = ?1) AND i.uses_left > 0 AND i.expires_at > ?2 \
             AND (i.made_by IS NOT NULL OR i.role <> ?3) ORDER BY i.id DESC",
        )?
        .query_map(params![by.map(|by| by.0), at.0, setup_role()], invitation)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut titles = connection.prepare_cached(
        "SELECT c.title FROM invitation_group g JOIN conversation c ON c.id = g.conversation \
         WHERE g.invitation = ?1 AND c.title IS NOT NULL ORDER BY c.id",
    )?;
    for invitation in &mut invitations {
        let title = |row: &Row<'_>| Ok(Title::existing(&row.get::<_, String>(0)?));
        invitation.groups = titles.query_map([invitation.id], title)?.collect::<rusqlite::Result<_>>()?;
    }
    Ok(invitations)
}

pub(in crate::storage::sqlite) fn delete(
    connection: &Connection,
    id: u64,
    by: Option<UserId>,
) -> rusqlite::Result<bool> {
    let id = id.min(i64::MAX.unsigned_abs());
    connection
        .prepare_cached(
            "DELETE FROM invitation_group WHERE invitation IN \
             (SELECT id FROM invitation WHERE id = ?1 AND (?2 IS NULL OR made_by = ?2))",
        )?
        .execute(params![id, by.map(|by| by.0)])?;
    let deleted = connection
        .prepare_cached("DELETE FROM invitation WHERE id = ?1 AND (?2 IS NULL OR made_by = ?2)")?
        .execute(params![id, by.map(|by| by.0)])?;
    Ok(deleted > 0)
}
