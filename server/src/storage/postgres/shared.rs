//! What nodes know of each other. Times are by the clock of the database.

use std::time::Duration;

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, Timestamp, UserId},
    protocol::ReadSignal,
    text::Title,
};
use deadpool_postgres::{Client, GenericClient, Transaction};

use super::{
    columns::{Columns, limit as limit_of, parameter},
    connection::{execute, query, query_opt, snapshot, transaction},
    conversations::read_position,
    failure::Failure,
    log, users,
};
use crate::{
    domain::{
        audience::Audience,
        cluster::{CommitMarker, NodeId},
        sign_in::SecretHash,
    },
    storage::shared::{Beat, ChangedConversation, Changes, MissedEvents, MovedPosition},
};

/// The first transaction that may not be visible yet: all before it have ended.
const MARKER: &str = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint";

fn key(node: NodeId) -> i64 {
    node.0.cast_signed()
}

fn keys(users: &[UserId]) -> Vec<i64> {
    users.iter().map(|user| parameter(user.0)).collect()
}

pub(super) async fn beat(client: &mut Client, node: NodeId, dead_after: Duration) -> Result<Beat, Failure> {
    let transaction = transaction(client).await?;
    let sql = "INSERT INTO cluster_node (id, seen_at) VALUES ($1, clock_timestamp()) \
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, leaving = false RETURNING xmax = 0";
    let inserted = query_opt(&transaction, sql, &[&key(node)]).await?.ok_or_else(Failure::missing)?;
    let is_new = Columns::of(&inserted).get()?;
    let gone = remove_dead(&transaction, node, dead_after).await?;
    let sql = "SELECT id FROM cluster_node WHERE id <> $1 ORDER BY id";
    let others = query(&transaction, sql, &[&key(node)]).await?;
    let others = others.iter().map(|row| Ok(NodeId(Columns::of(row).get::<i64>()?.cast_unsigned())));
    let others = others.collect::<Result<_, Failure>>()?;
    let marker = marker(&transaction).await?;
    transaction.commit().await?;
    Ok(Beat { others, is_new, gone, marker })
}

async fn marker(client: &impl GenericClient) -> Result<CommitMarker, Failure> {
    let row = query_opt(client, MARKER, &[]).await?.ok_or_else(Failure::missing)?;
    Ok(CommitMarker(Columns::of(&row).number()?))
}

/// Removes the nodes that are dead. Of several that do so at once, each removes other ones.
async fn remove_dead(
    transaction: &Transaction<'_>,
    node: NodeId,
    dead_after: Duration,
) -> Result<Vec<(UserId, Timestamp)>, Failure> {
    let sql = "SELECT id, (extract(epoch FROM seen_at) * 1000)::bigint FROM cluster_node WHERE id <> $1 \
         AND (leaving OR seen_at < clock_timestamp() - $2::bigint * interval '1 millisecond') FOR UPDATE SKIP LOCKED";
    let millis = limit_of(usize::try_from(dead_after.as_millis()).unwrap_or(usize::MAX));
    let rows = query(transaction, sql, &[&key(node), &millis]).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (mut dead, mut seen) = (Vec::<i64>::new(), Vec::<i64>::new());
    for row in &rows {
        let mut columns = Columns::of(row);
        dead.push(columns.get()?);
        seen.push(columns.get()?);
    }
    let sql = "DELETE FROM node_user u USING unnest($1::bigint[], $2::bigint[]) d (id, seen) WHERE u.node = d.id \
         RETURNING u.user_id, d.seen";
    let (mut people, mut times) = (Vec::<i64>::new(), Vec::<i64>::new());
    for row in &query(transaction, sql, &[&dead, &seen]).await? {
        let mut columns = Columns::of(row);
        people.push(columns.get()?);
        times.push(columns.get()?);
    }
    execute(transaction, "DELETE FROM cluster_node WHERE id = ANY($1)", &[&dead]).await?;
    let sql = "UPDATE users SET last_seen = greatest(coalesce(last_seen, 0), g.seen) \
         FROM (SELECT user_id, max(seen) AS seen FROM unnest($1::bigint[], $2::bigint[]) p (user_id, seen) \
         WHERE NOT EXISTS (SELECT FROM node_user n WHERE n.user_id = p.user_id) GROUP BY user_id) g \
         WHERE users.id = g.user_id RETURNING users.id, g.seen";
    let gone = query(transaction, sql, &[&people, &times]).await?;
    let gone = gone.iter().map(|row| {
        let mut columns = Columns::of(row);
        Ok((columns.user_id()?, columns.timestamp()?))
    });
    gone.collect()
}

pub(super) async fn leave(client: &impl GenericClient, node: NodeId) -> Result<(), Failure> {
    execute(client, "UPDATE cluster_node SET leaving = true WHERE id = $1", &[&key(node)]).await?;
    Ok(())
}

pub(super) async fn connect(
    client: &impl GenericClient,
    node: NodeId,
    users: &[UserId],
) -> Result<Vec<UserId>, Failure> {
    let sql = "WITH first AS (SELECT k.id FROM unnest($2::bigint[]) k (id) \
         WHERE NOT EXISTS (SELECT FROM node_user n WHERE n.user_id = k.id)), \
         added AS (INSERT INTO node_user (node, user_id) SELECT n.id, k.id FROM unnest($2::bigint[]) k (id) \
         JOIN cluster_node n ON n.id = $1 ON CONFLICT DO NOTHING RETURNING user_id) \
         SELECT id FROM first WHERE id IN (SELECT user_id FROM added) ORDER BY id";
    user_ids(&query(client, sql, &[&key(node), &keys(users)]).await?)
}

pub(super) async fn disconnect(
    client: &impl GenericClient,
    node: NodeId,
    user: UserId,
    at: Timestamp,
) -> Result<bool, Failure> {
    let sql = "WITH removed AS (DELETE FROM node_user WHERE node = $1 AND user_id = $2) \
         UPDATE users SET last_seen = greatest(coalesce(last_seen, 0), $3) WHERE id = $2 \
         AND NOT EXISTS (SELECT FROM node_user n WHERE n.user_id = $2 AND n.node <> $1)";
    let parameters = (key(node), parameter(user.0), parameter(at.0));
    Ok(execute(client, sql, &[&parameters.0, &parameters.1, &parameters.2]).await? > 0)
}

pub(super) async fn connected(client: &impl GenericClient, users: &[UserId]) -> Result<Vec<UserId>, Failure> {
    let sql = "SELECT DISTINCT user_id FROM node_user WHERE user_id = ANY($1) ORDER BY user_id";
    user_ids(&query(client, sql, &[&keys(users)]).await?)
}

fn user_ids(rows: &[tokio_postgres::Row]) -> Result<Vec<UserId>, Failure> {
    rows.iter().map(|row| Columns::of(row).user_id()).collect()
}

pub(super) async fn groups(
    client: &impl GenericClient,
    user: UserId,
) -> Result<Vec<(ConversationId, Seq)>, Failure> {
    let sql = "SELECT c.id, c.head_seq FROM member m JOIN conversation c ON c.id = m.conversation \
         WHERE m.user_id = $1 AND c.kind = 2";
    let rows = query(client, sql, &[&parameter(user.0)]).await?;
    let group = |row| {
        let mut columns = Columns::of(row);
        Ok((columns.conversation_id()?, columns.seq()?))
    };
    rows.iter().map(group).collect()
}

pub(super) async fn changed_since(
    client: &mut Client,
    node: NodeId,
    since: CommitMarker,
) -> Result<Changes, Failure> {
    let snapshot = snapshot(client).await?;
    // Everyone's members are not listed: they are all users.
    let sql = "WITH changed AS MATERIALIZED (SELECT DISTINCT conversation AS id FROM event WHERE transaction >= $1) \
         SELECT c.id, c.kind, c.head_seq, coalesce(array_agg(m.user_id ORDER BY m.user_id) \
         FILTER (WHERE m.user_id IS NOT NULL), '{}') FROM changed JOIN conversation c USING (id) \
         LEFT JOIN LATERAL (SELECT m.user_id FROM member m JOIN node_user u ON u.node = $2 AND u.user_id = m.user_id \
         WHERE m.conversation = c.id AND c.kind <> 3) m ON true \
         GROUP BY c.id HAVING c.kind = 3 OR count(m.user_id) > 0";
    let rows = query(&snapshot, sql, &[&parameter(since.0), &key(node)]).await?;
    let changed = |row| {
        let mut columns = Columns::of(row);
        let (id, kind, head_seq) = (columns.conversation_id()?, columns.kind()?, columns.seq()?);
        let members = columns.get::<Vec<i64>>()?.into_iter().map(|id| UserId(id.cast_unsigned())).collect();
        Ok::<_, Failure>(ChangedConversation { id, kind, head_seq, members })
    };
    let conversations = rows.iter().map(changed).collect::<Result<_, _>>()?;
    let marker = marker(&snapshot).await?;
    snapshot.commit().await?;
    Ok(Changes { conversations, marker })
}

pub(super) async fn moved_positions(
    client: &impl GenericClient,
    node: NodeId,
    since: CommitMarker,
) -> Result<Vec<MovedPosition>, Failure> {
    // A position has no row of its own and no index of when it moved: all that the node's people are in is read, which is done
    // when the bus failed and not otherwise. Another reader is looked for only on behalf of the furthest one.
    let (own, peers) = (read_position("m"), read_position("p"));
    let sql = format!(
        "SELECT m.user_id, c.id, c.head_seq, {own}, p.user_id, {peers} \
         FROM node_user u JOIN member m ON m.user_id = u.user_id JOIN conversation c ON c.id = m.conversation \
         LEFT JOIN LATERAL (SELECT e.seq AS read_seq, e.ordinal AS read_ordinal, \
         CASE WHEN c.furthest_reader <> m.user_id THEN c.furthest_reader ELSE (SELECT s.user_id FROM member s \
         WHERE s.conversation = c.id AND s.user_id <> m.user_id AND s.takes_part AND s.read_seq >= e.seq LIMIT 1) \
         END AS user_id FROM event e WHERE e.conversation = c.id AND e.seq = CASE WHEN c.furthest_reader = m.user_id \
         THEN c.second_read_seq ELSE c.furthest_read_seq END) p ON p.user_id IS NOT NULL \
         WHERE u.node = $1 AND least(age(m.xmin), age(c.xmin)) <= age($2::bigint::text::xid8::xid)"
    );
    let mut moved = Vec::new();
    for row in &query(client, &sql, &[&key(node), &parameter(since.0)]).await? {
        let mut columns = Columns::of(row);
        let (to, conversation, head_seq) = (columns.user_id()?, columns.conversation_id()?, columns.seq()?);
        let mut add = |user, read_seq, read_count| {
            let signal = ReadSignal { conversation, user, read_seq, read_count, head_seq, back: false };
            moved.push(MovedPosition { to, signal });
        };
        add(to, columns.seq()?, columns.number()?);
        if let Some(peer) = columns.optional_number()? {
            add(UserId(peer), columns.seq()?, columns.number()?);
        }
    }
    Ok(moved)
}

pub(super) async fn moved_in_threads(
    client: &impl GenericClient,
    node: NodeId,
    since: CommitMarker,
) -> Result<Vec<UserId>, Failure> {
    let sql = "SELECT t.user_id FROM node_user u JOIN thread_move t ON t.user_id = u.user_id \
         WHERE u.node = $1 AND t.transaction >= $2 ORDER BY t.user_id";
    user_ids(&query(client, sql, &[&key(node), &parameter(since.0)]).await?)
}

pub(super) async fn missed(
    client: &mut Client,
    id: ConversationId,
    after: Seq,
    limit: usize,
) -> Result<Option<MissedEvents>, Failure> {
    let snapshot = snapshot(client).await?;
    let sql = "SELECT kind, head_seq, title FROM conversation WHERE id = $1";
    let Some(row) = query_opt(&snapshot, sql, &[&parameter(id.0)]).await? else { return Ok(None) };
    let mut columns = Columns::of(&row);
    let (kind, head_seq) = (columns.kind()?, columns.seq()?);
    let title = columns.get::<Option<&str>>()?.map(Title::existing);
    let audience = match kind {
        ConversationKind::Broadcast => Audience::Everyone,
        ConversationKind::Direct | ConversationKind::Group => {
            let sql = "SELECT user_id FROM member WHERE conversation = $1";
            Audience::of(user_ids(&query(&snapshot, sql, &[&parameter(id.0)]).await?)?)
        }
    };
    let first = after.next().0.max((head_seq.0 + 1).saturating_sub(limit as u64));
    let events = log::between(&snapshot, id, (Seq(first), head_seq)).await?;
    let users = users::by_ids(&snapshot, events.iter().flat_map(|stored| stored.event.users())).await?;
    snapshot.commit().await?;
    Ok(Some(MissedEvents { kind, title, audience, events, users, head_seq }))
}

pub(super) async fn ended_sessions(
    client: &impl GenericClient,
    tokens: &[SecretHash],
) -> Result<Vec<SecretHash>, Failure> {
    let sql = "SELECT k.token FROM unnest($1::bytea[]) k (token) \
         WHERE NOT EXISTS (SELECT FROM session s WHERE s.token = k.token) ORDER BY k.token";
    let tokens: Vec<&[u8]> = tokens.iter().map(<[u8; 32]>::as_slice).collect();
    let rows = query(client, sql, &[&tokens]).await?;
    rows.iter().map(|row| Columns::of(row).bytes()).collect()
}
