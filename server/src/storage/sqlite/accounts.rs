//! Makes and changes accounts, as the domain decides.

use confab_shared::{
    api::AccountChange,
    id::{Timestamp, UserId},
};

use super::{
    engine::transaction::Tx,
    sign_in::{ensure_user, name_state},
    tables::{accounts, invitations, second_factors, sessions, users},
};
use crate::{
    domain::{
        account::{self, Actor, Door, NewAccountDecision},
        second_factor::{self, CodeDecision, ShownCode},
        sign_in::UserKind,
    },
    storage::{
        KnownUser,
        accounts::{AccountChangeOutcome, NewAccount, NewAccountOutcome},
    },
};

pub(super) fn create(tx: &mut Tx<'_, '_>, new: &NewAccount) -> rusqlite::Result<NewAccountOutcome> {
    let found = match &new.invitation {
        Some(token) => invitations::find(tx.connection, token)?,
        None => None,
    };
    let door = match (&found, &new.invitation) {
        (Some(found), _) => found.door,
        (None, Some(_)) => Door::UnknownToken,
        (None, None) if new.registration => Door::Registration,
        (None, None) => Door::Closed,
    };
    let name = name_state(tx.connection, &new.name)?;
    let role = match account::decide_new(&name, door, new.at) {
        NewAccountDecision::Make(role) => role,
        NewAccountDecision::NameTaken => return Ok(NewAccountOutcome::NameTaken),
        NewAccountDecision::BadInvitation => return Ok(NewAccountOutcome::BadInvitation),
        NewAccountDecision::Closed => return Ok(NewAccountOutcome::Closed),
    };
    let display_name = new.display_name.as_ref();
    if let Some(display_name) = display_name
        && users::looks_like_another(tx.connection, display_name, None)?
    {
        return Ok(NewAccountOutcome::DisplayNameTaken);
    }
    let Some(KnownUser { user, .. }) = ensure_user(tx, &new.name, UserKind::Page, new.at)? else {
        return Ok(NewAccountOutcome::NameTaken);
    };
    let user = users::set_display_name(tx.connection, user.id, display_name)?;
    accounts::set_standing(tx.connection, user.id, account::Standing { role, active: true }, new.at)?;
    tx.connection
        .prepare_cached("UPDATE user SET password = ?2 WHERE id = ?1")?
        .execute(rusqlite::params![user.id.0, new.password])?;
    sessions::insert(tx.connection, &new.token, user.id, &new.device, new.at)?;
    let invited = match found {
        Some(found) => {
            invitations::set_used(tx.connection, found.id)?;
            let groups = invitations::groups(tx.connection, found.id)?;
            found.by.map(|by| (by, groups))
        }
        None => None,
    };
    Ok(NewAccountOutcome::Made { user, role, invited })
}

pub(super) fn change(
    tx: &mut Tx<'_, '_>,
    actor: Option<UserId>,
    target: UserId,
    change: &AccountChange,
    at: Timestamp,
) -> rusqlite::Result<AccountChangeOutcome> {
    let actor = match actor {
        None => Actor::Operator,
        Some(user) => match accounts::standing(tx.connection, user)? {
            Some(standing) => Actor::User(user, standing),
            None => return Ok(AccountChangeOutcome::Forbidden),
        },
    };
    let Some(before) = accounts::standing(tx.connection, target)? else {
        return Ok(AccountChangeOutcome::Unknown);
    };
    let Ok(after) = account::decide_change(actor, target, before, change) else {
        return Ok(AccountChangeOutcome::Forbidden);
    };
    accounts::set_standing(tx.connection, target, after, at)?;
    if change.reset_second_factor {
        second_factors::delete(tx.connection, target)?;
    }
    if change.reset_second_factor || !after.active {
        sessions::delete_all(tx.connection, target, None)?;
    }
    let account = accounts::by_id(tx.connection, target)?;
    Ok(account.map_or(AccountChangeOutcome::Unknown, AccountChangeOutcome::Changed))
}

pub(super) fn remove_second_factor(
    tx: &mut Tx<'_, '_>,
    user: UserId,
    shown: ShownCode,
) -> rusqlite::Result<CodeDecision> {
    let stored = second_factors::find(tx.connection, user)?;
    let decision = second_factor::decide(stored.as_ref(), shown);
    if matches!(decision, CodeDecision::Accept(_) | CodeDecision::NotNeeded) {
        second_factors::delete(tx.connection, user)?;
    }
    Ok(decision)
}
