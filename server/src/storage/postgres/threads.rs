//! Reads threads, and how far members have read them; moves positions in them, which no command does.

use std::collections::HashSet;

use confab_shared::{
    api::FollowedThread,
    conversation::{Conversation, UnreadMention},
    id::{ConversationId, Seq, UserId},
    item::Item,
    message::Message,
    thread::ThreadState,
};
use deadpool_postgres::{Client, GenericClient};

use super::{
    columns::{Columns, limit as limit_parameter, parameter},
    connection::{commit, execute, query, query_opt, snapshot, transaction},
    failure::Failure,
    log::head_seq,
    messages::{self, of_keys, of_seqs},
    users,
};
use crate::storage::{
    MessageRun, Range,
    threads::{ThreadMove, ThreadQuery, ThreadRun},
};

/// A message that may be the root of a thread.
async fn root(
    client: &impl GenericClient,
    id: ConversationId,
    root: Seq,
) -> Result<Option<Message>, Failure> {
    let found = of_seqs(client, id, &[root]).await?.pop();
    Ok(found.filter(|message| message.thread.is_none()))
}

pub(super) async fn replies(
    client: &mut Client,
    user: UserId,
    (id, seq): (ConversationId, Seq),
    range: Range,
    limit: usize,
) -> Result<Option<Option<MessageRun>>, Failure> {
    let snapshot = snapshot(client).await?;
    let Some(head_seq) = head_seq(&snapshot, user, id).await? else { return Ok(None) };
    let Some(root) = root(&snapshot, id, seq).await? else { return Ok(Some(None)) };
    let (first_seq, last_seq, seqs) = part(&snapshot, (id, seq), range, head_seq, limit).await?;
    let items = of_seqs(&snapshot, id, &seqs).await?.into_iter().map(Item::Message).collect();
    let run = messages::run(&snapshot, id, items, Some(root), (head_seq, first_seq, last_seq)).await?;
    Ok(Some(Some(run)))
}

/// The replies of a thread in a range, in seq order, and the part of the log that they are all replies of.
async fn part(
    client: &impl GenericClient,
    thread: (ConversationId, Seq),
    range: Range,
    head_seq: Seq,
    limit: usize,
) -> Result<(Seq, Seq, Vec<Seq>), Failure> {
    let end = head_seq.next();
    match range {
        Range::Newest => older(client, thread, end, limit).await,
        Range::Before(seq) => older(client, thread, seq.min(end), limit).await,
        Range::After(seq) => newer(client, thread, seq, head_seq, limit).await,
        Range::Around(seq) => {
            let seq = seq.min(end);
            let (first_seq, _, mut seqs) = older(client, thread, seq, limit / 2).await?;
            let after = Seq(seq.0.saturating_sub(1));
            let (_, last_seq, rest) = newer(client, thread, after, head_seq, limit - limit / 2).await?;
            seqs.extend(rest);
            Ok((first_seq, last_seq, seqs))
        }
    }
}

async fn older(
    client: &impl GenericClient,
    thread: (ConversationId, Seq),
    before: Seq,
    limit: usize,
) -> Result<(Seq, Seq, Vec<Seq>), Failure> {
    let mut found = seqs(client, thread, "r.seq < $3 ORDER BY r.seq DESC LIMIT $4", before, limit).await?;
    found.reverse();
    let first = match found.first() {
        Some(first) if found.len() == limit => *first,
        _ if limit == 0 => before,
        _ => Seq(1),
    };
    Ok((first, Seq(before.0.saturating_sub(1)), found))
}

async fn newer(
    client: &impl GenericClient,
    thread: (ConversationId, Seq),
    after: Seq,
    head_seq: Seq,
    limit: usize,
) -> Result<(Seq, Seq, Vec<Seq>), Failure> {
    let found = seqs(client, thread, "r.seq > $3 ORDER BY r.seq LIMIT $4", after, limit).await?;
    let last = found.last().copied().filter(|_| found.len() == limit).unwrap_or(head_seq);
    Ok((Seq(after.0.saturating_add(1)), last, found))
}

/// The seqs of replies, by a condition on a seq (`$3`) with a limit (`$4`).
async fn seqs(
    client: &impl GenericClient,
    (id, root): (ConversationId, Seq),
    condition: &str,
    seq: Seq,
    limit: usize,
) -> Result<Vec<Seq>, Failure> {
    let sql =
        format!("SELECT r.seq FROM thread_reply r WHERE r.conversation = $1 AND r.root = $2 AND {condition}");
    let parameters = (parameter(id.0), parameter(root.0), parameter(seq.0), limit_parameter(limit));
    let rows = query(client, &sql, &[&parameters.0, &parameters.1, &parameters.2, &parameters.3]).await?;
    rows.iter().map(|row| Columns::of(row).seq()).collect()
}

/// The unread replies of others, of a follower `f`.
macro_rules! unread_replies {
    () => {
        "FROM thread_reply r WHERE r.conversation = f.conversation AND r.root = f.root AND r.seq > f.read_seq \
         AND r.by <> f.user_id AND NOT r.deleted"
    };
}

/// How many replies of others are unread, of a follower `f`.
const UNREAD: &str = concat!("(SELECT count(*) ", unread_replies!(), ")");

/// Whether any is: the first one found is enough.
const HAS_UNREAD: &str = concat!("EXISTS (SELECT ", unread_replies!(), ")");

/// How far a member has read a thread, as of the head of its conversation.
async fn state(
    client: &impl GenericClient,
    user: UserId,
    (id, root): (ConversationId, Seq),
    head_seq: Seq,
) -> Result<ThreadState, Failure> {
    let state = ThreadState::new(id, root, head_seq);
    let sql = format!(
        "SELECT f.read_seq, {UNREAD} FROM thread_follower f \
         WHERE f.user_id = $1 AND f.conversation = $2 AND f.root = $3"
    );
    let parameters = (parameter(user.0), parameter(id.0), parameter(root.0));
    let row = query_opt(client, &sql, &[&parameters.0, &parameters.1, &parameters.2]).await?;
    let Some(row) = row else { return Ok(state) };
    let mut columns = Columns::of(&row);
    let (read_seq, unread) = (columns.seq()?, columns.number()?);
    let mut states = [ThreadState { following: true, read_seq, unread, ..state.clone() }];
    add_mentions(client, user, &mut states).await?;
    let [found] = states;
    Ok(found)
}

/// Adds the unread mentions of a user in threads.
async fn add_mentions(
    client: &impl GenericClient,
    user: UserId,
    states: &mut [ThreadState],
) -> Result<(), Failure> {
    let sql = "SELECT k.place, m.seq, m.event FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY \
         k (conversation, root, place) CROSS JOIN LATERAL (SELECT t.seq, t.event FROM thread_mention t \
         WHERE t.user_id = $1 AND t.conversation = k.conversation AND t.root = k.root \
         ORDER BY t.event DESC LIMIT $4) m ORDER BY m.event";
    let conversations: Vec<_> = states.iter().map(|state| parameter(state.conversation.0)).collect();
    let roots: Vec<_> = states.iter().map(|state| parameter(state.root.0)).collect();
    let most = limit_parameter(Conversation::MAX_MENTIONS);
    for row in query(client, sql, &[&parameter(user.0), &conversations, &roots, &most]).await? {
        let mut columns = Columns::of(&row);
        let place = usize::try_from(columns.number()?).unwrap_or_default();
        let mention = UnreadMention { seq: columns.seq()?, event: columns.seq()? };
        if let Some(state) = place.checked_sub(1).and_then(|index| states.get_mut(index)) {
            state.mentions.push(mention);
        }
    }
    Ok(())
}

pub(super) async fn thread(
    client: &mut Client,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> Result<Option<Option<ThreadState>>, Failure> {
    let snapshot = snapshot(client).await?;
    let Some(head_seq) = head_seq(&snapshot, user, id).await? else { return Ok(None) };
    match root(&snapshot, id, seq).await? {
        Some(_) => Ok(Some(Some(state(&snapshot, user, (id, seq), head_seq).await?))),
        None => Ok(Some(None)),
    }
}

/// Does with a thread what a member asks for.
pub(super) async fn move_thread(
    client: &mut Client,
    user: UserId,
    (id, seq): (ConversationId, Seq),
    to: ThreadMove,
) -> Result<Option<Option<ThreadState>>, Failure> {
    let transaction = transaction(client).await?;
    let keys = (parameter(user.0), parameter(id.0), parameter(seq.0));
    if !matches!(to, ThreadMove::Read(_)) {
        // What would delete the root or remove the member waits. A reader, of whom there are many, holds nothing up: there is
        // nothing left to move then.
        query_opt(&transaction, "SELECT FROM conversation WHERE id = $1 FOR SHARE", &[&keys.1]).await?;
    }
    // In a statement of its own: one that waited for the lock would find the members of before.
    let Some(head_seq) = head_seq(&transaction, user, id).await? else { return Ok(None) };
    if root(&transaction, id, seq).await?.is_none_or(|root| root.deleted.is_some()) {
        return Ok(Some(None));
    }
    if change(&transaction, keys, head_seq, to).await? {
        let sql = "INSERT INTO thread_move (user_id, transaction) VALUES ($1, pg_current_xact_id()::text::bigint) \
             ON CONFLICT (user_id) DO UPDATE SET transaction = excluded.transaction";
        execute(&transaction, sql, &[&keys.0]).await?;
    }
    commit(transaction).await?;
    // As of one moment, which the statements before are not.
    thread(client, user, id, seq).await
}

/// Changes how far a user has read a thread, or whether they follow it. Answers whether anything is changed. Whoever changes both
/// tables begins with the mentions: so they do not wait for each other.
async fn change(
    client: &impl GenericClient,
    (user, id, root): (i64, i64, i64),
    head_seq: Seq,
    to: ThreadMove,
) -> Result<bool, Failure> {
    let key = "user_id = $1 AND conversation = $2 AND root = $3";
    let mut changed = 0;
    match to {
        ThreadMove::Read(read) => {
            let read = parameter(read.min(head_seq).0);
            for sql in [
                format!("DELETE FROM thread_mention WHERE {key} AND event <= $4"),
                format!("UPDATE thread_follower SET read_seq = $4 WHERE {key} AND read_seq < $4"),
            ] {
                changed += execute(client, &sql, &[&user, &id, &root, &read]).await?;
            }
        }
        ThreadMove::Follow => {
            let sql = "INSERT INTO thread_follower (user_id, conversation, root, read_seq) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT DO NOTHING";
            changed += execute(client, sql, &[&user, &id, &root, &parameter(head_seq.0)]).await?;
        }
        ThreadMove::Unfollow => {
            for table in ["thread_mention", "thread_follower"] {
                let sql = format!("DELETE FROM {table} WHERE {key}");
                changed += execute(client, &sql, &[&user, &id, &root]).await?;
            }
        }
    }
    Ok(changed > 0)
}

/// The threads that a user follows, the one with the newest reply first.
async fn followed(
    client: &impl GenericClient,
    user: UserId,
    wanted: ThreadQuery,
) -> Result<Vec<ThreadState>, Failure> {
    let has_unread = if wanted.unread { HAS_UNREAD } else { "true" };
    let sql = format!(
        "SELECT coalesce(t.last_at, 0), f.conversation, f.root, c.head_seq, f.read_seq, {UNREAD} FROM thread_follower f \
         JOIN conversation c ON c.id = f.conversation \
         LEFT JOIN thread t ON t.conversation = f.conversation AND t.root = f.root \
         WHERE f.user_id = $1 AND (coalesce(t.last_at, 0), f.conversation, f.root) < ($2, $3, $4) AND {has_unread} \
         ORDER BY 1 DESC, 2 DESC, 3 DESC LIMIT $5"
    );
    let before = wanted.before.map(|before| (before.last_at.0, before.conversation.0, before.root.0));
    let (at, id, root) = before.unwrap_or((u64::MAX, u64::MAX, u64::MAX));
    let (at, id, root) = (parameter(at), parameter(id), parameter(root));
    let limit = limit_parameter(wanted.limit);
    let mut states = Vec::new();
    for row in query(client, &sql, &[&parameter(user.0), &at, &id, &root, &limit]).await? {
        let mut columns = Columns::of(&row);
        let _last_at = columns.timestamp()?;
        let (id, root, head_seq) = (columns.conversation_id()?, columns.seq()?, columns.seq()?);
        let (read_seq, unread) = (columns.seq()?, columns.number()?);
        let state = ThreadState::new(id, root, head_seq);
        states.push(ThreadState { following: true, read_seq, unread, ..state });
    }
    if states.iter().any(|state| state.unread > 0) {
        add_mentions(client, user, &mut states).await?;
    }
    Ok(states)
}

pub(super) async fn list(
    client: &mut Client,
    user: UserId,
    wanted: ThreadQuery,
) -> Result<ThreadRun, Failure> {
    let snapshot = snapshot(client).await?;
    let one_more = ThreadQuery { limit: wanted.limit.saturating_add(1), ..wanted };
    let mut found = followed(&snapshot, user, one_more).await?;
    let more = found.len() > wanted.limit;
    found.truncate(wanted.limit);
    let (mut threads, mut named) = (Vec::with_capacity(found.len()), Vec::new());
    let roots: Vec<_> = found.iter().map(|state| (state.conversation, state.root)).collect();
    let mut roots = of_keys(&snapshot, &roots).await?;
    let last =
        |((id, _), root): (&(ConversationId, Seq), &Message)| Some((*id, root.replies.as_ref()?.last_seq));
    let last_replies: Vec<_> = roots.iter().filter_map(last).collect();
    let mut last_replies = of_keys(&snapshot, &last_replies).await?;
    for state in found {
        let id = state.conversation;
        let Some(root) = roots.remove(&(id, state.root)) else { continue };
        let last_seq = root.replies.as_ref().map(|replies| replies.last_seq);
        let last_reply = last_seq.and_then(|seq| last_replies.remove(&(id, seq)));
        named.extend(root.users().chain(last_reply.iter().flat_map(Message::users)));
        threads.push(FollowedThread { state, root, last_reply });
    }
    let users = users::by_ids(&snapshot, named).await?;
    Ok(ThreadRun { threads, more, users })
}

pub(super) async fn first(
    client: &mut Client,
    user: UserId,
    (limit, unread_limit): (usize, usize),
) -> Result<(Vec<ThreadState>, u64), Failure> {
    let snapshot = snapshot(client).await?;
    let mut states = followed(&snapshot, user, ThreadQuery { unread: false, before: None, limit }).await?;
    if states.len() < limit {
        let unread = states.iter().filter(|state| state.unread > 0).count() as u64;
        return Ok((states, unread));
    }
    // With those that are among the first.
    let unread = ThreadQuery { unread: true, before: None, limit: limit.saturating_add(unread_limit) };
    let unread = followed(&snapshot, user, unread).await?;
    let first: HashSet<_> = states.iter().map(|state| (state.conversation, state.root)).collect();
    let further = unread.into_iter().filter(|state| !first.contains(&(state.conversation, state.root)));
    states.extend(further.take(unread_limit));
    let sql = format!("SELECT count(*) FROM thread_follower f WHERE f.user_id = $1 AND {HAS_UNREAD}");
    let row = query_opt(&snapshot, &sql, &[&parameter(user.0)]).await?;
    let unread = row.map(|row| Columns::of(&row).number()).transpose()?.unwrap_or_default();
    Ok((states, unread))
}
