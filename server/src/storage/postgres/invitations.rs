//! Invitations, and the groups that they lead to.

use confab_shared::{
    api::Invitation,
    id::{ConversationId, Timestamp, UserId},
    text::Title,
    user::{ServerRole, User},
};
use deadpool_postgres::{Client, GenericClient};

use super::{
    columns::{Columns, USER, parameter, server_role_number},
    connection::{commit, execute, query, query_opt, transaction},
    failure::Failure,
    standings,
};
use crate::{
    domain::{
        account::{Door, InvitationState, Standing},
        sign_in::SecretHash,
    },
    storage::invitations::{KnownInvitation, NewInvitation},
};

/// The role of set-up links, which nobody made.
const SETUP_ROLE: ServerRole = ServerRole::Owner;

/// An invitation's row.
pub(super) struct Found {
    pub(super) id: u64,
    pub(super) by: Option<User>,
    pub(super) role: ServerRole,
    pub(super) door: Door,
}

pub(super) async fn insert(client: &mut Client, new: &NewInvitation) -> Result<u64, Failure> {
    let transaction = transaction(client).await?;
    let sql = "INSERT INTO invitation (token, made_by, role, uses_left, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    let (by, role) = (new.by.map(|by| parameter(by.0)), server_role_number(new.role));
    let (uses, expires_at) = (i64::from(new.uses), parameter(new.expires_at.0));
    let row = query_opt(&transaction, sql, &[&new.token.as_slice(), &by, &role, &uses, &expires_at]).await?;
    let id = Columns::of(&row.ok_or_else(Failure::missing)?).number()?;
    let groups: Vec<_> = new.groups.iter().map(|group| parameter(group.0)).collect();
    let sql = "INSERT INTO invitation_group (invitation, conversation) SELECT $1, unnest($2::bigint[]) \
         ON CONFLICT DO NOTHING";
    execute(&transaction, sql, &[&parameter(id), &groups]).await?;
    commit(transaction).await?;
    Ok(id)
}

/// The invitation of a secret.
pub(super) async fn find(client: &impl GenericClient, token: SecretHash) -> Result<Option<Found>, Failure> {
    let sql = format!(
        "SELECT i.id, i.role, i.uses_left, i.expires_at, i.made_by IS NOT NULL, {USER} \
         FROM invitation i LEFT JOIN users u ON u.id = i.made_by WHERE i.token = $1"
    );
    let Some(row) = query_opt(client, &sql, &[&token.as_slice()]).await? else { return Ok(None) };
    let mut columns = Columns::of(&row);
    let (id, role) = (columns.number()?, columns.server_role()?);
    let uses_left = u32::try_from(columns.number()?).map_err(Failure::corrupt)?;
    let (expires_at, by_user) = (columns.timestamp()?, columns.get::<bool>()?);
    let by = by_user.then(|| columns.user()).transpose()?;
    let invited_by = |by| Door::Invitation(InvitationState { role, uses_left, expires_at, by });
    let door = match &by {
        None if role == SETUP_ROLE => {
            Door::Setup { has_owner: standings::has_owner(client).await?, uses_left, expires_at }
        }
        // An invitation without a maker was made on the command line, which has all rights.
        None => invited_by(Standing { role: ServerRole::Owner, active: true }),
        Some(by) => standings::of(client, by.id).await?.map_or(Door::UnknownToken, invited_by),
    };
    Ok(Some(Found { id, by, role, door }))
}

/// The same, locked: until the transaction ends, no other sign-up uses it.
pub(super) async fn find_locked(
    client: &impl GenericClient,
    token: SecretHash,
) -> Result<Option<Found>, Failure> {
    let sql = "SELECT FROM invitation WHERE token = $1 FOR NO KEY UPDATE";
    query_opt(client, sql, &[&token.as_slice()]).await?;
    find(client, token).await
}

pub(super) async fn known(
    client: &impl GenericClient,
    token: SecretHash,
) -> Result<Option<KnownInvitation>, Failure> {
    let found = find(client, token).await?;
    Ok(found.map(|Found { by, role, door, .. }| KnownInvitation { door, role, by: by.map(|by| by.name) }))
}

pub(super) async fn delete_setup_links(client: &impl GenericClient) -> Result<(), Failure> {
    let sql = "DELETE FROM invitation WHERE made_by IS NULL AND role = $1";
    execute(client, sql, &[&server_role_number(SETUP_ROLE)]).await?;
    Ok(())
}

/// Counts that somebody has come by an invitation.
pub(super) async fn set_used(client: &impl GenericClient, id: u64) -> Result<(), Failure> {
    let sql = "UPDATE invitation SET uses_left = uses_left - 1, used = used + 1 WHERE id = $1";
    execute(client, sql, &[&parameter(id)]).await?;
    Ok(())
}

/// The groups that an invitation leads to.
pub(super) async fn groups(client: &impl GenericClient, id: u64) -> Result<Vec<ConversationId>, Failure> {
    let sql = "SELECT conversation FROM invitation_group WHERE invitation = $1 ORDER BY conversation";
    let rows = query(client, sql, &[&parameter(id)]).await?;
    rows.iter().map(|row| Columns::of(row).conversation_id()).collect()
}

pub(super) async fn list(
    client: &impl GenericClient,
    by: Option<UserId>,
    at: Timestamp,
) -> Result<Vec<Invitation>, Failure> {
    let sql = format!(
        "SELECT i.id, i.role, i.uses_left, i.used, i.expires_at, \
         ARRAY(SELECT c.title FROM invitation_group g JOIN conversation c ON c.id = g.conversation \
         WHERE g.invitation = i.id AND c.title IS NOT NULL ORDER BY c.id), i.made_by IS NOT NULL, {USER} \
         FROM invitation i LEFT JOIN users u ON u.id = i.made_by \
         WHERE ($1::bigint IS NULL OR i.made_by = $1) AND i.uses_left > 0 AND i.expires_at > $2 \
         AND (i.made_by IS NOT NULL OR i.role <> $3) ORDER BY i.id DESC"
    );
    let by = by.map(|by| parameter(by.0));
    let rows = query(client, &sql, &[&by, &parameter(at.0), &server_role_number(SETUP_ROLE)]).await?;
    let count = |number: u64| u32::try_from(number).map_err(Failure::corrupt);
    let invitation = |row| {
        let mut columns = Columns::of(row);
        Ok(Invitation {
            id: columns.number()?,
            role: columns.server_role()?,
            uses_left: count(columns.number()?)?,
            used: count(columns.number()?)?,
            expires_at: columns.timestamp()?,
            groups: columns.get::<Vec<&str>>()?.into_iter().map(Title::existing).collect(),
            by: if columns.get()? { Some(columns.user()?) } else { None },
        })
    };
    rows.iter().map(invitation).collect()
}

/// Deletes an invitation of a user, or of anybody. Answers whether there was one.
pub(super) async fn delete(
    client: &impl GenericClient,
    id: u64,
    by: Option<UserId>,
) -> Result<bool, Failure> {
    let sql = "DELETE FROM invitation WHERE id = $1 AND ($2::bigint IS NULL OR made_by = $2)";
    Ok(execute(client, sql, &[&parameter(id), &by.map(|by| parameter(by.0))]).await? > 0)
}
