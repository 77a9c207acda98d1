//! What users are on the server.

use confab_shared::{
    id::{Timestamp, UserId},
    user::ServerRole,
};
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;

use super::{
    columns::{Columns, parameter, server_role_number},
    connection::{execute, query_opt},
    failure::Failure,
};
use crate::domain::account::Standing;

/// What a user is on the server.
pub(super) async fn of(client: &impl GenericClient, user: UserId) -> Result<Option<Standing>, Failure> {
    let sql = "SELECT role, deactivated_at IS NULL FROM users WHERE id = $1";
    query_opt(client, sql, &[&parameter(user.0)]).await?.as_ref().map(standing_of).transpose()
}

/// The same; until the transaction ends, nothing changes it, and nobody uses a code of the user's second factor.
pub(super) async fn locked(client: &impl GenericClient, user: UserId) -> Result<Option<Standing>, Failure> {
    let sql = "SELECT role, deactivated_at IS NULL FROM users WHERE id = $1 FOR NO KEY UPDATE";
    query_opt(client, sql, &[&parameter(user.0)]).await?.as_ref().map(standing_of).transpose()
}

fn standing_of(row: &Row) -> Result<Standing, Failure> {
    let mut columns = Columns::of(row);
    Ok(Standing { role: columns.server_role()?, active: columns.get()? })
}

pub(super) async fn set(
    client: &impl GenericClient,
    user: UserId,
    Standing { role, active }: Standing,
    at: Timestamp,
) -> Result<(), Failure> {
    let sql = "UPDATE users SET role = $2, \
         deactivated_at = CASE WHEN $3 THEN NULL ELSE coalesce(deactivated_at, $4) END WHERE id = $1";
    let role = server_role_number(role);
    execute(client, sql, &[&parameter(user.0), &role, &active, &parameter(at.0)]).await?;
    Ok(())
}

pub(super) async fn has_owner(client: &impl GenericClient) -> Result<bool, Failure> {
    let sql = "SELECT FROM users WHERE role = $1 AND role < 2 AND deactivated_at IS NULL LIMIT 1";
    Ok(query_opt(client, sql, &[&server_role_number(ServerRole::Owner)]).await?.is_some())
}
