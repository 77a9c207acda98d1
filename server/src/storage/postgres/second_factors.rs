//! Second factors and recovery codes.

use confab_shared::id::UserId;
use deadpool_postgres::{Client, GenericClient};

use super::{
    columns::{Columns, parameter},
    connection::{commit, execute, query, query_opt, transaction},
    failure::Failure,
    standings,
};
use crate::domain::{
    second_factor::{self, CodeDecision, Secret, ShownCode, Step, StoredFactor},
    sign_in::SecretHash,
};

pub(super) async fn find(client: &impl GenericClient, user: UserId) -> Result<Option<StoredFactor>, Failure> {
    let sql = "SELECT secret, confirmed, last_step FROM second_factor WHERE user_id = $1";
    let Some(row) = query_opt(client, sql, &[&parameter(user.0)]).await? else { return Ok(None) };
    let mut columns = Columns::of(&row);
    let (secret, confirmed, last_step) = (columns.bytes()?, columns.get()?, columns.number()?);
    let sql = "SELECT code FROM recovery_code WHERE user_id = $1 ORDER BY code";
    let codes = query(client, sql, &[&parameter(user.0)]).await?;
    let recovery_codes = codes.iter().map(|row| Columns::of(row).bytes()).collect::<Result<_, _>>()?;
    Ok(Some(StoredFactor { secret, confirmed, last_step, recovery_codes }))
}

/// Sets a secret, unless there is a confirmed one. Answers whether it did.
pub(super) async fn set(client: &impl GenericClient, user: UserId, secret: &Secret) -> Result<bool, Failure> {
    let sql = "INSERT INTO second_factor AS f (user_id, secret) VALUES ($1, $2) \
         ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret WHERE NOT f.confirmed";
    Ok(execute(client, sql, &[&parameter(user.0), &secret.as_slice()]).await? > 0)
}

/// Confirms a secret, if it is the user's unconfirmed one. Answers whether it did.
pub(super) async fn confirm(
    client: &mut Client,
    user: UserId,
    secret: &Secret,
    step: Step,
    recovery_codes: &[SecretHash],
) -> Result<bool, Failure> {
    let transaction = transaction(client).await?;
    let sql = "UPDATE second_factor SET confirmed = true, last_step = $3 \
         WHERE user_id = $1 AND secret = $2 AND NOT confirmed";
    let parameters = (parameter(user.0), secret.as_slice(), parameter(step));
    let confirmed = execute(&transaction, sql, &[&parameters.0, &parameters.1, &parameters.2]).await?;
    if confirmed > 0 {
        let codes: Vec<&[u8]> = recovery_codes.iter().map(<[u8; 32]>::as_slice).collect();
        let sql =
            "INSERT INTO recovery_code (user_id, code) SELECT $1, unnest($2::bytea[]) ON CONFLICT DO NOTHING";
        execute(&transaction, sql, &[&parameters.0, &codes]).await?;
    }
    commit(transaction).await?;
    Ok(confirmed > 0)
}

/// Uses up a code that was accepted.
pub(super) async fn use_up(
    client: &impl GenericClient,
    user: UserId,
    accepted: ShownCode,
) -> Result<(), Failure> {
    match accepted {
        ShownCode::Step(step) => {
            let sql = "UPDATE second_factor SET last_step = $2 WHERE user_id = $1";
            execute(client, sql, &[&parameter(user.0), &parameter(step)]).await?;
        }
        ShownCode::Recovery(code) => {
            let sql = "DELETE FROM recovery_code WHERE user_id = $1 AND code = $2";
            execute(client, sql, &[&parameter(user.0), &code.as_slice()]).await?;
        }
        ShownCode::Nothing | ShownCode::Wrong => {}
    }
    Ok(())
}

/// See [`crate::storage::second_factors::SecondFactors::remove_second_factor`].
pub(super) async fn remove(
    client: &mut Client,
    user: UserId,
    shown: ShownCode,
) -> Result<CodeDecision, Failure> {
    let transaction = transaction(client).await?;
    // A code is accepted once: who signs in with it at this moment holds this lock, too.
    standings::locked(&transaction, user).await?;
    let stored = find(&transaction, user).await?;
    let decision = second_factor::decide(stored.as_ref(), shown);
    if matches!(decision, CodeDecision::Accept(_) | CodeDecision::NotNeeded) {
        delete(&transaction, user).await?;
    }
    commit(transaction).await?;
    Ok(decision)
}

pub(super) async fn delete(client: &impl GenericClient, user: UserId) -> Result<(), Failure> {
    execute(client, "DELETE FROM recovery_code WHERE user_id = $1", &[&parameter(user.0)]).await?;
    execute(client, "DELETE FROM second_factor WHERE user_id = $1", &[&parameter(user.0)]).await?;
    Ok(())
}
