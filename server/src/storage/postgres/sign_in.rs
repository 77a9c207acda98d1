//! Starts sessions and changes passwords.

use confab_shared::{
    id::UserId,
    user::{ServerRole, User},
};
use deadpool_postgres::{Client, GenericClient};

use super::{
    accounts,
    columns::{Columns, parameter, server_role_number},
    connection::{commit, execute, query_opt, transaction},
    failure::Failure,
    second_factors, sessions, users,
};
use crate::{
    domain::{
        second_factor::{self, CodeDecision},
        sign_in::{self, NameState, SecretHash, SignInDecision, UserKind},
    },
    storage::{KnownUser, NewName, NewSession, SignInOutcome},
};

/// What is known of a name.
pub(super) async fn name_state(client: &impl GenericClient, name: &NewName) -> Result<NameState, Failure> {
    let sql = "SELECT kind, guest_key, password FROM users WHERE name_key = $1";
    let state = |row| {
        let mut columns = Columns::of(row);
        Ok::<_, Failure>(match columns.user_kind()? {
            UserKind::Awaited => NameState::Awaited,
            UserKind::Dialect => NameState::OfDialect,
            UserKind::Page => {
                NameState::Exists { claimed_with: columns.optional_hash()?, password: columns.get()? }
            }
        })
    };
    let found = query_opt(client, sql, &[&name.key]).await?.as_ref().map(state).transpose()?;
    Ok(match found {
        None | Some(NameState::Awaited) if users::looks_like_one(client, &name.skeleton).await? => {
            NameState::LooksTaken
        }
        Some(state) => state,
        None => NameState::Free,
    })
}

pub(super) async fn sign_in(client: &mut Client, new: &NewSession) -> Result<SignInOutcome, Failure> {
    let transaction = transaction(client).await?;
    users::lock_name(&transaction, &new.name).await?;
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
    let standing = accounts::locked_standing(client, user.id).await?;
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
