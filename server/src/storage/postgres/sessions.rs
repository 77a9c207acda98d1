//! Sessions.

use confab_shared::{
    api::MAX_SESSIONS_LISTED,
    id::{Timestamp, UserId},
    user::User,
};
use deadpool_postgres::GenericClient;

use super::{
    columns::{Columns, USER, limit, parameter},
    connection::{execute, query, query_opt},
    failure::Failure,
};
use crate::{
    domain::sign_in::SecretHash,
    storage::{Device, StoredSession},
};

pub(super) async fn insert(
    client: &impl GenericClient,
    token: SecretHash,
    user: UserId,
    device: &Device,
    at: Timestamp,
) -> Result<(), Failure> {
    let sql = "INSERT INTO session (token, user_id, created_at, used_at, browser, address) \
         VALUES ($1, $2, $3, $3, $4, $5)";
    let Device { browser, address } = device;
    execute(client, sql, &[&token.as_slice(), &parameter(user.0), &parameter(at.0), browser, address])
        .await?;
    Ok(())
}

pub(super) async fn find(
    client: &impl GenericClient,
    token: SecretHash,
) -> Result<Option<(User, Timestamp)>, Failure> {
    let sql = format!(
        "SELECT {USER}, s.used_at FROM session s JOIN users u ON u.id = s.user_id WHERE s.token = $1"
    );
    let row = query_opt(client, &sql, &[&token.as_slice()]).await?;
    let session = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.user()?, columns.timestamp()?))
    };
    row.as_ref().map(session).transpose()
}

/// Sets when sessions were last used, and from where, if that is known.
pub(super) async fn set_used(
    client: &impl GenericClient,
    tokens: &[SecretHash],
    at: Timestamp,
    address: Option<&str>,
) -> Result<(), Failure> {
    let sql = "UPDATE session SET used_at = greatest(used_at, $2), address = coalesce($3, address) WHERE token = ANY($1)";
    let tokens: Vec<&[u8]> = tokens.iter().map(<[u8; 32]>::as_slice).collect();
    execute(client, sql, &[&tokens, &parameter(at.0), &address]).await?;
    Ok(())
}

pub(super) async fn of_user(
    client: &impl GenericClient,
    user: UserId,
) -> Result<Vec<StoredSession>, Failure> {
    let sql = "SELECT id, token, created_at, used_at, browser, address FROM session WHERE user_id = $1 \
         ORDER BY used_at DESC, id DESC LIMIT $2";
    let session = |row| {
        let mut columns = Columns::of(row);
        Ok(StoredSession {
            id: columns.number()?,
            token: columns.bytes()?,
            created_at: columns.timestamp()?,
            used_at: columns.timestamp()?,
            device: Device { browser: columns.get()?, address: columns.get()? },
        })
    };
    let rows = query(client, sql, &[&parameter(user.0), &limit(MAX_SESSIONS_LISTED)]).await?;
    rows.iter().map(session).collect()
}

pub(super) async fn delete(client: &impl GenericClient, token: SecretHash) -> Result<(), Failure> {
    execute(client, "DELETE FROM session WHERE token = $1", &[&token.as_slice()]).await?;
    Ok(())
}

/// Deletes a session of a user, and answers its token.
pub(super) async fn delete_by_id(
    client: &impl GenericClient,
    user: UserId,
    id: u64,
) -> Result<Option<SecretHash>, Failure> {
    let sql = "DELETE FROM session WHERE user_id = $1 AND id = $2 RETURNING token";
    let row = query_opt(client, sql, &[&parameter(user.0), &parameter(id)]).await?;
    row.map(|row| Columns::of(&row).bytes()).transpose()
}

/// Deletes the sessions of a user, but the one that is kept.
pub(super) async fn delete_all(
    client: &impl GenericClient,
    user: UserId,
    kept: Option<SecretHash>,
) -> Result<(), Failure> {
    let sql = "DELETE FROM session WHERE user_id = $1 AND token IS DISTINCT FROM $2";
    let kept = kept.as_ref().map(<[u8; 32]>::as_slice);
    execute(client, sql, &[&parameter(user.0), &kept]).await?;
    Ok(())
}

/// Deletes what was last used before a time.
pub(super) async fn delete_unused(
    client: &impl GenericClient,
    used_before: Timestamp,
) -> Result<Vec<(UserId, SecretHash)>, Failure> {
    let sql = "DELETE FROM session WHERE used_at < $1 RETURNING user_id, token";
    let ended = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.user_id()?, columns.bytes()?))
    };
    query(client, sql, &[&parameter(used_before.0)]).await?.iter().map(ended).collect()
}
