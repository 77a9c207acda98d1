//! Starts sessions and changes passwords.

use confab_shared::{
    id::UserId,
    user::{ServerRole, User},
};
use deadpool_postgres::{Client, GenericClient};

use super::{
    columns::{parameter, server_role_number},
    connection::{commit, execute, transaction},
    failure::Failure,
    names::{lock_name, name_state},
    second_factors, sessions, standings, users,
};
use crate::{
    domain::{
        second_factor::{self, CodeDecision},
        sign_in::{self, SecretHash, SignInDecision, UserKind},
    },
    storage::{KnownUser, NewSession, SignInOutcome},
};

pub(super) async fn sign_in(client: &mut Client, new: &NewSession) -> Result<SignInOutcome, Failure> {
    let transaction = transaction(client).await?;
    lock_name(&transaction, &new.name).await?;
    let outcome = sign_in_locked(&transaction, new).await?;
    commit(transaction).await?;
    Ok(outcome)
}

async fn sign_in_locked(client: &impl GenericClient, new: &NewSession) -> Result<SignInOutcome, Failure> {
    let name = name_state(client, &new.name).await?;
    let outcome: fn(User) -> SignInOutcome = match sign_in::decide(new.access, &name, &new.proof) {
        SignInDecision::Claim => SignInOutcome::Claimed,
        SignInDecision::Return => SignInOutcome::Returned,
        SignInDecision::Refuse => return Ok(SignInOutcome::Taken),
        SignInDecision::RefuseOfDialect => return Ok(SignInOutcome::OfDialect),
        SignInDecision::NeedPassword => return Ok(SignInOutcome::NeedsPassword),
    };
    let ensured = users::ensure_locked(client, &new.name, UserKind::Page, new.at).await?;
    let Some(KnownUser { user, .. }) = ensured else { return Ok(SignInOutcome::Taken) };
    let standing = standings::locked(client, user.id).await?;
    if standing.is_some_and(|standing| !standing.active) {
        return Ok(SignInOutcome::Deactivated);
    }
    let stored = second_factors::find(client, user.id).await?;
    match second_factor::decide(stored.as_ref(), new.code) {
        CodeDecision::NotNeeded => {}
        CodeDecision::Accept(code) => second_factors::use_up(client, user.id, code).await?,
        CodeDecision::Needed => return Ok(SignInOutcome::NeedsCode),
        CodeDecision::Wrong => return Ok(SignInOutcome::WrongCode),
    }
    let sql = "UPDATE users SET guest_key = $2 WHERE id = $1 AND password IS NULL AND guest_key IS NULL";
    execute(client, sql, &[&parameter(user.id.0), &new.new_key.as_slice()]).await?;
    sessions::insert(client, new.token, user.id, &new.device, new.at).await?;
    Ok(outcome(user))
}

/// See [`crate::storage::Passwords::change_password`].
pub(super) async fn change_password(
    client: &mut Client,
    user: UserId,
    from: Option<&str>,
    to: &str,
    kept: Option<SecretHash>,
) -> Result<bool, Failure> {
    let transaction = transaction(client).await?;
    let sql = "UPDATE users SET password = $3, guest_key = NULL, \
         role = CASE WHEN password IS NULL THEN least(role, $4) ELSE role END \
         WHERE id = $1 AND password IS NOT DISTINCT FROM $2 AND kind = 1";
    let member = server_role_number(ServerRole::Member);
    let changed = execute(&transaction, sql, &[&parameter(user.0), &from, &to, &member]).await?;
    if changed > 0 {
        sessions::delete_all(&transaction, user, kept).await?;
    }
    commit(transaction).await?;
    Ok(changed > 0)
}
