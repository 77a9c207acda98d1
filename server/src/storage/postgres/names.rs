//! Reads names, and locks them while a decision depends on them.

use std::collections::BTreeSet;

use confab_shared::id::UserId;
use deadpool_postgres::GenericClient;

use super::{
    columns::{Columns, parameter},
    connection::{execute, query_opt},
    failure::Failure,
};
use crate::{
    domain::sign_in::{NameState, UserKind},
    storage::{NewDisplayName, NewName},
};

/// Locks what decisions about a name depend on, until the transaction ends: names that are the same have one skeleton, and
/// so have names that look like each other.
pub(super) async fn lock_name(client: &impl GenericClient, name: &NewName) -> Result<(), Failure> {
    lock_skeletons(client, [&name.skeleton]).await
}

/// Locks the names of these skeletons until the transaction ends; always in the same order, so that no deadlock arises.
pub(super) async fn lock_skeletons(
    client: &impl GenericClient,
    skeletons: impl IntoIterator<Item = &String>,
) -> Result<(), Failure> {
    let skeletons: Vec<&String> = BTreeSet::from_iter(skeletons).into_iter().collect();
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended(skeleton, 0)) FROM unnest($1::text[]) skeleton";
    execute(client, sql, &[&skeletons]).await?;
    Ok(())
}

/// Whether the name of a user has a skeleton. Names that are awaited do not reserve similar ones.
pub(super) async fn looks_like_one(client: &impl GenericClient, skeleton: &str) -> Result<bool, Failure> {
    let sql = "SELECT FROM users WHERE skeleton = $1 AND kind > 0 LIMIT 1";
    Ok(query_opt(client, sql, &[&skeleton]).await?.is_some())
}

/// Whether a display name looks like the name of a user other than the one who is to have it.
pub(super) async fn looks_like_another(
    client: &impl GenericClient,
    new: &NewDisplayName,
    user: Option<UserId>,
) -> Result<bool, Failure> {
    let sql = "SELECT FROM users WHERE skeleton = ANY($1) AND kind > 0 AND id IS DISTINCT FROM $2 LIMIT 1";
    let user = user.map(|user| parameter(user.0));
    Ok(query_opt(client, sql, &[&new.skeletons, &user]).await?.is_some())
}

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
        None | Some(NameState::Awaited) if looks_like_one(client, &name.skeleton).await? => {
            NameState::LooksTaken
        }
        Some(state) => state,
        None => NameState::Free,
    })
}
