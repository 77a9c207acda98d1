//! Makes users and starts sessions.

use confab_shared::{
    id::{Timestamp, UserId},
    user::{ServerRole, User},
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    engine::transaction::Tx,
    tables::{accounts, members, rows, second_factors, sessions, users},
};
use crate::{
    domain::{
        second_factor::{self, CodeDecision},
        sign_in::{self, NameState, SecretHash, SignInDecision, UserKind},
    },
    storage::{EVERYONE, KnownUser, NewDisplayName, NewName, NewSession, SignInOutcome},
};

/// What is known of a name.
pub(super) fn name_state(connection: &Connection, name: &NewName) -> rusqlite::Result<NameState> {
    let state = |row: &Row<'_>| {
        Ok(match rows::user_kind(row.get(0)?)? {
            UserKind::Awaited => NameState::Awaited,
            UserKind::Dialect => NameState::OfDialect,
            UserKind::Page => NameState::Exists { claimed_with: row.get(1)?, password: row.get(2)? },
        })
    };
    let found = connection
        .prepare_cached("SELECT kind, guest_key, password FROM user WHERE name_key = ?1")?
        .query_row([&name.key], state)
        .optional()?;
    Ok(match found {
        None | Some(NameState::Awaited) if users::looks_like_one(connection, &name.skeleton)? => {
            NameState::LooksTaken
        }
        Some(state) => state,
        None => NameState::Free,
    })
}

pub(super) fn sign_in(tx: &mut Tx<'_, '_>, new: &NewSession) -> rusqlite::Result<SignInOutcome> {
    let name = name_state(tx.connection, &new.name)?;
    let outcome: fn(User) -> SignInOutcome = match sign_in::decide(new.access, &name, &new.proof) {
        SignInDecision::Claim => SignInOutcome::Claimed,
        SignInDecision::Return => SignInOutcome::Returned,
        SignInDecision::Refuse => return Ok(SignInOutcome::Taken),
        SignInDecision::RefuseOfDialect => return Ok(SignInOutcome::OfDialect),
        SignInDecision::NeedPassword => return Ok(SignInOutcome::NeedsPassword),
    };
    let Some(KnownUser { user, .. }) = ensure_user(tx, &new.name, UserKind::Page, new.at)? else {
        return Ok(SignInOutcome::Taken);
    };
    if accounts::standing(tx.connection, user.id)?.is_some_and(|standing| !standing.active) {
        return Ok(SignInOutcome::Deactivated);
    }
    let stored = second_factors::find(tx.connection, user.id)?;
    match second_factor::decide(stored.as_ref(), new.code) {
        CodeDecision::NotNeeded => {}
        CodeDecision::Accept(code) => second_factors::use_up(tx.connection, user.id, code)?,
        CodeDecision::Needed => return Ok(SignInOutcome::NeedsCode),
        CodeDecision::Wrong => return Ok(SignInOutcome::WrongCode),
    }
    tx.connection
        .prepare_cached(
            "UPDATE user SET guest_key = coalesce(guest_key, ?2) WHERE id = ?1 AND password IS NULL",
        )?
        .execute(params![user.id.0, new.new_key])?;
    sessions::insert(tx.connection, &new.token, user.id, &new.device, new.at)?;
    Ok(outcome(user))
}

pub(super) fn ensure_user(
    tx: &mut Tx<'_, '_>,
    name: &NewName,
    kind: UserKind,
    at: Timestamp,
) -> rusqlite::Result<Option<KnownUser>> {
    let found = users::user(tx.connection, &name.key)?;
    if let Some(known) = &found
        && known.kind.after(kind) == known.kind
    {
        return Ok(found);
    }
    if users::looks_like_one(tx.connection, &name.skeleton)? {
        return Ok(None);
    }
    if let Some(known) = found {
        users::set_kind(tx.connection, known.user.id, kind)?;
        join_everyone(tx, known.user.id)?;
        return Ok(Some(KnownUser { kind, ..known }));
    }
    let id = users::insert(tx.connection, name, kind, at)?;
    if kind != UserKind::Awaited {
        join_everyone(tx, id)?;
    }
    let user = User::new(id, name.name.clone());
    Ok(Some(KnownUser { user, kind, last_seen: None }))
}

/// Who has come is a member of Everyone with nothing unread. There is no event: a log of arrivals is not a conversation.
fn join_everyone(tx: &mut Tx<'_, '_>, user: UserId) -> rusqlite::Result<()> {
    let head = tx.write_buffer.head(tx.connection, EVERYONE)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    members::add(tx.connection, EVERYONE, &[user], head.position_at_end())
}

pub(super) fn set_display_name(
    tx: &mut Tx<'_, '_>,
    user: UserId,
    new: Option<&NewDisplayName>,
) -> rusqlite::Result<Option<User>> {
    if let Some(new) = new
        && users::looks_like_another(tx.connection, new, Some(user))?
    {
        return Ok(None);
    }
    users::set_display_name(tx.connection, user, new).map(Some)
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
        .prepare_cached(
            "UPDATE user SET password = ?3, guest_key = NULL, role = CASE WHEN password IS NULL THEN min(role, ?4) \
             ELSE role END WHERE id = ?1 AND password IS ?2 AND kind = 1",
        )?
        .execute(params![user.0, from, to, rows::server_role_number(ServerRole::Member)])?;
    if changed == 0 {
        return Ok(false);
    }
    sessions::delete_all(tx.connection, user, kept)?;
    Ok(true)
}
