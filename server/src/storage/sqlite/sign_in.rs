//! Makes users and starts sessions.

use confab_shared::{
    id::{Timestamp, UserId},
    user::User,
};
use rusqlite::{OptionalExtension, Row, params};

use super::{
    engine::transaction::Tx,
    tables::{members, users},
};
use crate::{
    domain::sign_in::{self, NameState, SecretHash, SignInDecision},
    storage::{EVERYONE, KnownUser, NewName, NewSession, SignInOutcome},
};

pub(super) fn sign_in(tx: &mut Tx<'_, '_>, new: &NewSession) -> rusqlite::Result<SignInOutcome> {
    let exists = |row: &Row<'_>| Ok(NameState::Exists { claimed_with: row.get(0)?, password: row.get(1)? });
    let found = tx
        .connection
        .prepare_cached("SELECT guest_key, password FROM user WHERE name_key = ?1")?
        .query_row([&new.name.key], exists)
        .optional()?;
    let name = match found {
        Some(name) => name,
        None if users::looks_like_one(tx.connection, &new.name.skeleton)? => NameState::LooksTaken,
        None => NameState::Free,
    };
    let outcome: fn(User) -> SignInOutcome = match sign_in::decide(new.access, &name, &new.proof) {
        SignInDecision::Claim => SignInOutcome::Claimed,
        SignInDecision::Return => SignInOutcome::Returned,
        SignInDecision::Refuse => return Ok(SignInOutcome::Taken),
        SignInDecision::NeedPassword => return Ok(SignInOutcome::NeedsPassword),
    };
    let Some(KnownUser { user, .. }) = ensure_user(tx, &new.name, new.at)? else {
        return Ok(SignInOutcome::Taken);
    };
    tx.connection
        .prepare_cached(
            "UPDATE user SET guest_key = coalesce(guest_key, ?2) WHERE id = ?1 AND password IS NULL",
        )?
        .execute(params![user.id.0, new.new_key])?;
    tx.connection
        .prepare_cached("INSERT INTO session (token, user, created_at) VALUES (?1, ?2, ?3)")?
        .execute(params![new.token, user.id.0, new.at.0])?;
    Ok(outcome(user))
}

pub(super) fn ensure_user(
    tx: &mut Tx<'_, '_>,
    name: &NewName,
    at: Timestamp,
) -> rusqlite::Result<Option<KnownUser>> {
    if let Some(known) = users::user(tx.connection, &name.key)? {
        return Ok(Some(known));
    }
    if users::looks_like_one(tx.connection, &name.skeleton)? {
        return Ok(None);
    }
    let id = users::insert(tx.connection, name, at)?;
    join_everyone(tx, id)?;
    let user = User { id, name: name.name.clone() };
    Ok(Some(KnownUser { user, claimed: false, last_seen: None }))
}

/// A new user is a member of Everyone with nothing unread. There is no event: a log of arrivals is not a conversation.
fn join_everyone(tx: &mut Tx<'_, '_>, user: UserId) -> rusqlite::Result<()> {
    let head = tx.write_buffer.head(tx.connection, EVERYONE)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    members::add(tx.connection, EVERYONE, &[user], head.position_at_end())
}

pub(super) fn change_password(
    tx: &mut Tx<'_, '_>,
    user: UserId,
    from: Option<&str>,
    to: &str,
    kept: Option<SecretHash>,
) -> rusqlite::Result<bool> {
    let changed = tx
        .connection
        .prepare_cached("UPDATE user SET password = ?3, guest_key = NULL WHERE id = ?1 AND password IS ?2")?
        .execute(params![user.0, from, to])?;
    if changed == 0 {
        return Ok(false);
    }
    tx.connection
        .prepare_cached("DELETE FROM session WHERE user = ?1 AND token IS NOT ?2")?
        .execute(params![user.0, kept])?;
    Ok(true)
}
