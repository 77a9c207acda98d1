//! Makes and changes accounts, as the domain decides.

use confab_shared::{
    api::{Account, AccountChange},
    id::{Timestamp, UserId},
};
use deadpool_postgres::{Client, GenericClient};
use tokio_postgres::Row;

use super::{
    columns::{Columns, USER, before_nul, keys_with_prefix, limit as limit_parameter, parameter},
    connection::{commit, execute, query, query_opt, transaction},
    failure::Failure,
    invitations,
    names::{lock_skeletons, looks_like_another, name_state},
    second_factors, sessions, standings, users,
};
use crate::{
    domain::{
        account::{self, Actor, Door, NewAccountDecision, Standing},
        sign_in::UserKind,
    },
    storage::{
        KnownUser,
        accounts::{AccountChangeOutcome, NewAccount, NewAccountOutcome},
    },
};

/// The columns of [`mod@account`] behind those of [`USER`].
const ACCOUNT: &str = "u.role, u.deactivated_at IS NULL, u.password IS NOT NULL, \
     EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed), u.last_seen";

fn account(row: &Row) -> Result<Account, Failure> {
    let mut columns = Columns::of(row);
    Ok(Account {
        user: columns.user()?,
        role: columns.server_role()?,
        active: columns.get()?,
        has_password: columns.get()?,
        has_second_factor: columns.get()?,
        last_seen: columns.optional_timestamp()?,
    })
}

pub(super) async fn by_id(client: &impl GenericClient, user: UserId) -> Result<Option<Account>, Failure> {
    let sql = format!("SELECT {USER}, {ACCOUNT} FROM users u WHERE u.id = $1");
    query_opt(client, &sql, &[&parameter(user.0)]).await?.as_ref().map(account).transpose()
}

pub(super) async fn page(
    client: &impl GenericClient,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Account>, Failure> {
    let Some((first, end)) = keys_with_prefix(prefix) else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT {USER}, {ACCOUNT} FROM users u WHERE (u.name_key >= $1 AND u.name_key < $2 \
         OR u.shown_key >= $1 AND u.shown_key < $2) AND u.kind <> 0 AND ($3::text IS NULL OR u.name_key > $3) ORDER BY u.name_key LIMIT $4"
    );
    let after = after.map(before_nul);
    let rows = query(client, &sql, &[&first, &end, &after, &limit_parameter(limit)]).await?;
    rows.iter().map(account).collect()
}

/// See [`crate::storage::accounts::Accounts::create_account`].
pub(super) async fn create(client: &mut Client, new: &NewAccount) -> Result<NewAccountOutcome, Failure> {
    let transaction = transaction(client).await?;
    let shown = new.display_name.iter().flat_map(|shown| &shown.skeletons);
    lock_skeletons(&transaction, shown.chain([&new.name.skeleton])).await?;
    let outcome = create_locked(&transaction, new).await?;
    commit(transaction).await?;
    Ok(outcome)
}

async fn create_locked(client: &impl GenericClient, new: &NewAccount) -> Result<NewAccountOutcome, Failure> {
    let found = match &new.invitation {
        Some(token) => invitations::find_locked(client, *token).await?,
        None => None,
    };
    let door = match (&found, &new.invitation) {
        (Some(found), _) => found.door,
        (None, Some(_)) => Door::UnknownToken,
        (None, None) if new.registration => Door::Registration,
        (None, None) => Door::Closed,
    };
    let name = name_state(client, &new.name).await?;
    let role = match account::decide_new(&name, door, new.at) {
        NewAccountDecision::Make(role) => role,
        NewAccountDecision::NameTaken => return Ok(NewAccountOutcome::NameTaken),
        NewAccountDecision::BadInvitation => return Ok(NewAccountOutcome::BadInvitation),
        NewAccountDecision::Closed => return Ok(NewAccountOutcome::Closed),
    };
    if let Some(shown) = &new.display_name
        && looks_like_another(client, shown, None).await?
    {
        return Ok(NewAccountOutcome::DisplayNameTaken);
    }
    let ensured = users::ensure_locked(client, &new.name, UserKind::Page, new.at).await?;
    let Some(KnownUser { user, .. }) = ensured else { return Ok(NewAccountOutcome::NameTaken) };
    let user = users::write_display_name(client, user.id, new.display_name.as_ref()).await?;
    standings::set(client, user.id, Standing { role, active: true }, new.at).await?;
    let sql = "UPDATE users SET password = $2 WHERE id = $1";
    execute(client, sql, &[&parameter(user.id.0), &new.password]).await?;
    sessions::insert(client, new.token, user.id, &new.device, new.at).await?;
    let invited = match found {
        Some(found) => {
            invitations::set_used(client, found.id).await?;
            let groups = invitations::groups(client, found.id).await?;
            found.by.map(|by| (by, groups))
        }
        None => None,
    };
    Ok(NewAccountOutcome::Made { user, role, invited })
}

/// See [`crate::storage::accounts::Accounts::change_account`].
pub(super) async fn change(
    client: &mut Client,
    actor: Option<UserId>,
    target: UserId,
    change: &AccountChange,
    at: Timestamp,
) -> Result<AccountChangeOutcome, Failure> {
    let transaction = transaction(client).await?;
    let outcome = change_in(&transaction, actor, target, change, at).await?;
    commit(transaction).await?;
    Ok(outcome)
}

async fn change_in(
    client: &impl GenericClient,
    actor: Option<UserId>,
    target: UserId,
    change: &AccountChange,
    at: Timestamp,
) -> Result<AccountChangeOutcome, Failure> {
    // Both rows in one order: two admins may change each other.
    let mut users = Vec::from_iter(actor.into_iter().chain([target]));
    users.sort_unstable();
    for user in users {
        standings::locked(client, user).await?;
    }
    let actor = match actor {
        None => Actor::Operator,
        Some(user) => match standings::of(client, user).await? {
            Some(standing) => Actor::User(user, standing),
            None => return Ok(AccountChangeOutcome::Forbidden),
        },
    };
    let Some(before) = standings::of(client, target).await? else { return Ok(AccountChangeOutcome::Unknown) };
    let Ok(after) = account::decide_change(actor, target, before, change) else {
        return Ok(AccountChangeOutcome::Forbidden);
    };
    standings::set(client, target, after, at).await?;
    if change.reset_second_factor {
        second_factors::delete(client, target).await?;
    }
    if change.reset_second_factor || !after.active {
        sessions::delete_all(client, target, None).await?;
    }
    let account = by_id(client, target).await?;
    Ok(account.map_or(AccountChangeOutcome::Unknown, AccountChangeOutcome::Changed))
}
