//! Users.

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Timestamp, UserId},
    user::{ServerRole, User},
};
use deadpool_postgres::{Client, GenericClient};

use super::{
    columns::{
        Columns, KNOWN_USER, USER, keys_with_prefix, limit as limit_parameter, parameter, server_role_number,
        user_kind_number,
    },
    connection::{commit, execute, query, query_opt, transaction},
    failure::Failure,
    names::{lock_name, lock_skeletons, looks_like_another, looks_like_one},
};
use crate::{
    domain::{presence::SharedConversation, sign_in::UserKind},
    storage::{EVERYONE, KnownUser, NewDisplayName, NewName},
};

pub(super) async fn by_key(
    client: &impl GenericClient,
    name_key: &str,
) -> Result<Option<KnownUser>, Failure> {
    if name_key.contains('\0') {
        return Ok(None);
    }
    let row =
        query_opt(client, &format!("SELECT {KNOWN_USER} FROM users u WHERE u.name_key = $1"), &[&name_key])
            .await?;
    row.map(|row| Columns::of(&row).known_user()).transpose()
}

/// The users of some ids, in the order of the ids.
pub(super) async fn by_ids(
    client: &impl GenericClient,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<Vec<User>, Failure> {
    let mut ids: Vec<_> = ids.into_iter().map(|id| parameter(id.0)).collect();
    ids.sort_unstable();
    ids.dedup();
    let sql = format!("SELECT {USER} FROM users u WHERE u.id = ANY($1) ORDER BY u.id");
    query(client, &sql, &[&ids]).await?.iter().map(|row| Columns::of(row).user()).collect()
}

/// The same, with what only the server may know.
pub(super) async fn known_by_ids(
    client: &impl GenericClient,
    ids: &[UserId],
) -> Result<Vec<KnownUser>, Failure> {
    let ids: Vec<_> = ids.iter().map(|id| parameter(id.0)).collect();
    // In the order in which they are asked for.
    let sql = format!(
        "SELECT {KNOWN_USER} FROM unnest($1::bigint[]) WITH ORDINALITY wanted (id, place) \
         JOIN users u ON u.id = wanted.id ORDER BY wanted.place"
    );
    query(client, &sql, &[&ids]).await?.iter().map(|row| Columns::of(row).known_user()).collect()
}

pub(super) async fn by_prefix(
    client: &impl GenericClient,
    prefix: &str,
    limit: usize,
) -> Result<Vec<User>, Failure> {
    let Some((first, end)) = keys_with_prefix(prefix) else { return Ok(Vec::new()) };
    // Each range is read in the order of its index.
    let sql = format!(
        "SELECT {USER} FROM ((SELECT *, false AS by_shown, name_key AS place FROM users \
         WHERE name_key >= $1 AND name_key < $2 AND kind > 0 ORDER BY name_key LIMIT $3) \
         UNION ALL (SELECT *, true, shown_key FROM users WHERE shown_key >= $1 AND shown_key < $2 \
         AND NOT (name_key >= $1 AND name_key < $2) AND kind > 0 ORDER BY shown_key, name_key LIMIT $3)) u \
         ORDER BY u.by_shown, u.place, u.name_key LIMIT $3"
    );
    let rows = query(client, &sql, &[&first, &end, &limit_parameter(limit)]).await?;
    rows.iter().map(|row| Columns::of(row).user()).collect()
}

/// See [`crate::storage::Users::set_display_name`].
pub(super) async fn set_display_name(
    client: &mut Client,
    user: UserId,
    new: Option<&NewDisplayName>,
) -> Result<Option<User>, Failure> {
    let transaction = transaction(client).await?;
    if let Some(new) = new {
        lock_skeletons(&transaction, &new.skeletons).await?;
        if looks_like_another(&transaction, new, Some(user)).await? {
            return Ok(None);
        }
    }
    let changed = write_display_name(&transaction, user, new).await?;
    commit(transaction).await?;
    Ok(Some(changed))
}

/// Gives a user another display name, or none.
pub(super) async fn write_display_name(
    client: &impl GenericClient,
    user: UserId,
    new: Option<&NewDisplayName>,
) -> Result<User, Failure> {
    let sql =
        format!("UPDATE users u SET display_name = $2, display_key = $3 WHERE u.id = $1 RETURNING {USER}");
    let (display_name, key) = new.map(|new| (new.display_name.as_str(), new.key.as_str())).unzip();
    let row = query_opt(client, &sql, &[&parameter(user.0), &display_name, &key]).await?;
    Columns::of(&row.ok_or_else(Failure::missing)?).user()
}

/// The users who may know of a user: see [`crate::storage::Users::acquaintances`].
pub(super) async fn acquaintances(client: &impl GenericClient, user: UserId) -> Result<Vec<UserId>, Failure> {
    let sql = "SELECT id FROM users WHERE role < $2 OR id = $1 UNION SELECT other.user_id FROM member m \
         JOIN member other ON other.conversation = m.conversation WHERE m.user_id = $1 AND m.conversation <> $3";
    let (guest, everyone) = (server_role_number(ServerRole::Guest), parameter(EVERYONE.0));
    let rows = query(client, sql, &[&parameter(user.0), &guest, &everyone]).await?;
    rows.iter().map(|row| Columns::of(row).user_id()).collect()
}

pub(super) async fn set_last_seen(
    client: &impl GenericClient,
    user: UserId,
    at: Timestamp,
) -> Result<(), Failure> {
    let sql = "UPDATE users SET last_seen = $2 WHERE id = $1";
    execute(client, sql, &[&parameter(user.0), &parameter(at.0)]).await?;
    Ok(())
}

/// The hash of a user's password.
pub(super) async fn password(client: &impl GenericClient, user: UserId) -> Result<Option<String>, Failure> {
    let sql = "SELECT password FROM users WHERE id = $1";
    match query_opt(client, sql, &[&parameter(user.0)]).await? {
        Some(row) => Columns::of(&row).get(),
        None => Ok(None),
    }
}

pub(super) async fn direct_peers(
    client: &impl GenericClient,
    user: UserId,
) -> Result<Vec<(KnownUser, SharedConversation)>, Failure> {
    let sql = format!(
        "SELECT {KNOWN_USER}, m.takes_part, p.takes_part FROM member m JOIN conversation c ON c.id = m.conversation \
         JOIN users u ON u.id = CASE WHEN c.low = m.user_id THEN c.high ELSE c.low END \
         JOIN member p ON p.conversation = c.id AND p.user_id = u.id WHERE m.user_id = $1 AND c.kind = 1"
    );
    let peer = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.known_user()?, direct(&mut columns)?))
    };
    query(client, &sql, &[&parameter(user.0)]).await?.iter().map(peer).collect()
}

/// The direct conversation of two users.
pub(super) async fn direct_between(
    client: &impl GenericClient,
    user: UserId,
    other: UserId,
) -> Result<Option<SharedConversation>, Failure> {
    let sql = "SELECT m.takes_part, p.takes_part FROM conversation c \
         JOIN member m ON m.conversation = c.id AND m.user_id = $1 \
         JOIN member p ON p.conversation = c.id AND p.user_id = $2 \
         WHERE c.low = least($1::bigint, $2) AND c.high = greatest($1, $2)";
    let row = query_opt(client, sql, &[&parameter(user.0), &parameter(other.0)]).await?;
    row.map(|row| direct(&mut Columns::of(&row))).transpose()
}

fn direct(columns: &mut Columns<'_>) -> Result<SharedConversation, Failure> {
    Ok(SharedConversation {
        kind: ConversationKind::Direct,
        user_takes_part: columns.get()?,
        other_takes_part: columns.get()?,
    })
}

/// See [`crate::storage::Users::ensure_user`].
pub(super) async fn ensure(
    client: &mut Client,
    name: &NewName,
    kind: UserKind,
    at: Timestamp,
) -> Result<Option<KnownUser>, Failure> {
    // Mostly the user is there, and nothing changes.
    if let Some(known) = by_key(client, &name.key).await?
        && known.kind.after(kind) == known.kind
    {
        return Ok(Some(known));
    }
    let transaction = transaction(client).await?;
    lock_name(&transaction, name).await?;
    let ensured = ensure_locked(&transaction, name, kind, at).await?;
    commit(transaction).await?;
    Ok(ensured)
}

/// The same, in a transaction that has locked the name.
pub(super) async fn ensure_locked(
    client: &impl GenericClient,
    name: &NewName,
    kind: UserKind,
    at: Timestamp,
) -> Result<Option<KnownUser>, Failure> {
    let found = by_key(client, &name.key).await?;
    if let Some(known) = &found
        && known.kind.after(kind) == known.kind
    {
        return Ok(found);
    }
    if looks_like_one(client, &name.skeleton).await? {
        return Ok(None);
    }
    if let Some(known) = found {
        let sql = "UPDATE users SET kind = $2 WHERE id = $1";
        execute(client, sql, &[&parameter(known.user.id.0), &user_kind_number(kind)]).await?;
        join_everyone(client, known.user.id).await?;
        return Ok(Some(KnownUser { kind, ..known }));
    }
    let user = User::new(insert(client, name, kind, at).await?, name.name.clone());
    if kind != UserKind::Awaited {
        join_everyone(client, user.id).await?;
    }
    Ok(Some(KnownUser { user, kind, last_seen: None }))
}

async fn insert(
    client: &impl GenericClient,
    name: &NewName,
    kind: UserKind,
    at: Timestamp,
) -> Result<UserId, Failure> {
    let sql = "INSERT INTO users (name, name_key, skeleton, kind, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    let NewName { name, key, skeleton } = name;
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
        [&name.as_str(), key, skeleton, &user_kind_number(kind), &parameter(at.0)];
    let row = query_opt(client, sql, &parameters).await?.ok_or_else(Failure::missing)?;
    Columns::of(&row).user_id()
}

/// Who has come is a member of Everyone with nothing unread. There is no event: a log of arrivals is not a conversation.
async fn join_everyone(client: &impl GenericClient, user: UserId) -> Result<(), Failure> {
    let ConversationId(everyone) = EVERYONE;
    let sql = "WITH everyone AS (UPDATE conversation SET member_count = member_count + 1 WHERE id = $1 \
         RETURNING id, head_seq, message_count + deleted_count AS last_ordinal) \
         INSERT INTO member (conversation, user_id, read_seq, read_ordinal) \
         SELECT id, $2, head_seq, last_ordinal FROM everyone";
    execute(client, sql, &[&parameter(everyone), &parameter(user.0)]).await?;
    Ok(())
}
