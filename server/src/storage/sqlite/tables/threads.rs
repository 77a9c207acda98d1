//! Threads: which messages are replies, what roots show of their threads, and who follows them. Written at once, like mentions.

use confab_shared::{
    api::ThreadCursor,
    conversation::{Conversation, UnreadMention},
    event::Event,
    id::{ConversationId, Seq, Timestamp, UserId},
    message::ThreadSummary,
    thread::ThreadState,
};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};

use super::position::{conversation_of, position, seq_of};
use crate::storage::{Range, threads::ThreadQuery};

/// The columns of a summary.
const SUMMARY: &str = "reply_count, last_seq, last_at, faces";

fn read_summary(row: &Row<'_>, first: usize) -> rusqlite::Result<ThreadSummary> {
    let faces = serde_json::from_str(row.get_ref(first + 3)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(first + 3, Type::Text, Box::new(error)))?;
    Ok(ThreadSummary {
        count: row.get(first)?,
        last_seq: Seq(row.get(first + 1)?),
        last_at: Timestamp(row.get(first + 2)?),
        faces,
    })
}

/// What a root shows of its thread.
pub(in crate::storage::sqlite) fn summary(
    connection: &Connection,
    id: ConversationId,
    root: Seq,
) -> rusqlite::Result<Option<ThreadSummary>> {
    connection
        .prepare_cached(&format!("SELECT {SUMMARY} FROM thread WHERE root = ?1"))?
        .query_row([position(id, root)], |row| read_summary(row, 0))
        .optional()
}

/// What roots from one seq to another show of their threads.
pub(in crate::storage::sqlite) fn summaries(
    connection: &Connection,
    id: ConversationId,
    (first, last): (Seq, Seq),
) -> rusqlite::Result<Vec<(Seq, ThreadSummary)>> {
    connection
        .prepare_cached(&format!(
            "SELECT root, {SUMMARY} FROM thread WHERE root BETWEEN ?1 AND ?2 ORDER BY root"
        ))?
        .query_map([position(id, first), position(id, last)], |row| {
            Ok((seq_of(row.get(0)?), read_summary(row, 1)?))
        })?
        .collect()
}

/// What a root shows of its thread without one of the replies: found in all the others, which is only done when one is
/// deleted.
pub(in crate::storage::sqlite) fn summary_without(
    connection: &Connection,
    id: ConversationId,
    root: Seq,
    without: Seq,
) -> rusqlite::Result<Option<ThreadSummary>> {
    let mut query = connection.prepare_cached(
        "SELECT message, at, by FROM thread_reply WHERE root = ?1 AND message <> ?2 AND NOT deleted \
         ORDER BY message",
    )?;
    let mut replies = query.query([position(id, root), position(id, without)])?;
    let mut summary = None;
    while let Some(row) = replies.next()? {
        let (seq, at, by) = (seq_of(row.get(0)?), Timestamp(row.get(1)?), UserId(row.get(2)?));
        summary = Some(ThreadSummary::with_reply(summary, seq, by, at));
    }
    Ok(summary)
}

/// Writes what a root shows of its thread.
pub(in crate::storage::sqlite) fn set_summary(
    connection: &Connection,
    id: ConversationId,
    root: Seq,
    summary: Option<&ThreadSummary>,
) -> rusqlite::Result<()> {
    let root = position(id, root);
    let Some(ThreadSummary { count, last_seq, last_at, faces }) = summary else {
        connection.prepare_cached("DELETE FROM thread WHERE root = ?1")?.execute([root])?;
        return Ok(());
    };
    let faces = serde_json::to_string(faces)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection
        .prepare_cached(&format!(
            "INSERT OR REPLACE INTO thread (root, {SUMMARY}) VALUES (?1, ?2, ?3, ?4, ?5)"
        ))?
        .execute(params![root, count, last_seq.0, last_at.0, faces])?;
    Ok(())
}

/// An event is a reply of a thread.
pub(in crate::storage::sqlite) fn insert_reply(
    connection: &Connection,
    event: &Event,
    root: Seq,
) -> rusqlite::Result<()> {
    let id = event.conversation;
    connection
        .prepare_cached("INSERT INTO thread_reply (message, root, at, by) VALUES (?1, ?2, ?3, ?4)")?
        .execute([position(id, event.seq), position(id, root), event.at.0, event.by.0])?;
    Ok(())
}

/// A reply is deleted.
pub(in crate::storage::sqlite) fn delete_reply(
    connection: &Connection,
    id: ConversationId,
    reply: Seq,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE thread_reply SET deleted = 1 WHERE message = ?1")?
        .execute([position(id, reply)])?;
    Ok(())
}

/// Members follow a thread that they have read up to a seq. Those who follow it already go on.
pub(in crate::storage::sqlite) fn follow(
    connection: &Connection,
    id: ConversationId,
    root: Seq,
    users: &[UserId],
    read_seq: Seq,
) -> rusqlite::Result<()> {
    let mut insert = connection
        .prepare_cached("INSERT OR IGNORE INTO thread_follower (user, root, read_seq) VALUES (?1, ?2, ?3)")?;
    for user in users {
        insert.execute([user.0, position(id, root), read_seq.0])?;
    }
    Ok(())
}

/// A member follows a thread no more.
pub(in crate::storage::sqlite) fn unfollow(
    connection: &Connection,
    id: ConversationId,
    root: Seq,
    user: UserId,
) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM thread_follower WHERE user = ?1 AND root = ?2",
        "DELETE FROM thread_mention WHERE user = ?1 AND root = ?2",
    ] {
        connection.prepare_cached(sql)?.execute([user.0, position(id, root)])?;
    }
    Ok(())
}

/// Moves the position of a member who follows a thread forward.
pub(in crate::storage::sqlite) fn read(
    connection: &Connection,
    id: ConversationId,
    root: Seq,
    user: UserId,
    seq: Seq,
) -> rusqlite::Result<()> {
    for sql in [
        "UPDATE thread_follower SET read_seq = max(read_seq, ?3) WHERE user = ?1 AND root = ?2",
        "DELETE FROM thread_mention WHERE user = ?1 AND root = ?2 AND event <= ?3",
    ] {
        connection.prepare_cached(sql)?.execute([user.0, position(id, root), seq.0])?;
    }
    Ok(())
}

/// A member leaves a conversation.
pub(in crate::storage::sqlite) fn leave(
    connection: &Connection,
    id: ConversationId,
    user: UserId,
) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM thread_follower WHERE user = ?1 AND root BETWEEN ?2 AND ?3",
        "DELETE FROM thread_mention WHERE user = ?1 AND root BETWEEN ?2 AND ?3",
    ] {
        let bounds = [user.0, position(id, Seq(0)), position(id, Seq(u64::MAX))];
        connection.prepare_cached(sql)?.execute(bounds)?;
    }
    Ok(())
}

/// The root of a thread is deleted: nobody follows it any more.
pub(in crate::storage::sqlite) fn end(
    connection: &Connection,
    id: ConversationId,
    root: Seq,
) -> rusqlite::Result<()> {
    let root = position(id, root);
    // The first of them finds the second's rows.
    for sql in [
        "DELETE FROM thread_mention WHERE root = ?1 \
         AND user IN (SELECT user FROM thread_follower WHERE root = ?1)",
        "DELETE FROM thread_follower WHERE root = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([root])?;
    }
    Ok(())
}

/// A reply mentions members since an event, itself or an edit: those who follow the thread.
pub(in crate::storage::sqlite) fn mention(
    connection: &Connection,
    (id, root): (ConversationId, Seq),
    reply: Seq,
    event: Seq,
    users: &[UserId],
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO thread_mention (user, root, seq, event) \
         SELECT user, root, ?3, ?4 FROM thread_follower WHERE user = ?1 AND root = ?2",
    )?;
    for user in users {
        insert.execute([user.0, position(id, root), reply.0, event.0])?;
    }
    Ok(())
}

/// A reply does not mention users any more.
pub(in crate::storage::sqlite) fn unmention(
    connection: &Connection,
    (id, root): (ConversationId, Seq),
    reply: Seq,
    users: &[UserId],
) -> rusqlite::Result<()> {
    let mut delete =
        connection.prepare_cached("DELETE FROM thread_mention WHERE user = ?1 AND root = ?2 AND seq = ?3")?;
    for user in users {
        delete.execute([user.0, position(id, root), reply.0])?;
    }
    Ok(())
}

/// The unread replies of others, of a follower `f`.
macro_rules! unread_replies {
    () => {
        "FROM thread_reply r WHERE r.root = f.root AND r.message > (f.root & ~4294967295) + f.read_seq \
         AND r.by <> f.user AND NOT r.deleted"
    };
}

/// How many replies of others are unread, of a follower `f`.
const UNREAD: &str = concat!("(SELECT count(*) ", unread_replies!(), ")");

/// Whether any is: the first one found is enough.
const HAS_UNREAD: &str = concat!("EXISTS (SELECT 1 ", unread_replies!(), ")");

/// How far a member has read a thread, as of the head of its conversation.
pub(in crate::storage::sqlite) fn state(
    connection: &Connection,
    user: UserId,
    (id, root): (ConversationId, Seq),
    head_seq: Seq,
) -> rusqlite::Result<ThreadState> {
    let state = ThreadState::new(id, root, head_seq);
    let found: Option<(u64, u64)> = connection
        .prepare_cached(&format!(
            "SELECT f.read_seq, {UNREAD} FROM thread_follower f WHERE f.user = ?1 AND f.root = ?2"
        ))?
        .query_row([user.0, position(id, root)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((read_seq, unread)) = found else { return Ok(state) };
    let mut mentions: Vec<UnreadMention> = connection
        .prepare_cached(
            "SELECT seq, event FROM thread_mention WHERE user = ?1 AND root = ?2 ORDER BY event DESC LIMIT ?3",
        )?
        .query_map([user.0, position(id, root), Conversation::MAX_MENTIONS as u64], |row| {
            Ok(UnreadMention { seq: Seq(row.get(0)?), event: Seq(row.get(1)?) })
        })?
        .collect::<rusqlite::Result<_>>()?;
    mentions.reverse();
    Ok(ThreadState { following: true, read_seq: Seq(read_seq), unread, mentions, ..state })
}

/// The threads that a user follows, the one with the newest reply first.
pub(in crate::storage::sqlite) fn followed(
    connection: &Connection,
    user: UserId,
    query: ThreadQuery,
) -> rusqlite::Result<Vec<ThreadCursor>> {
    let wanted = if query.unread { HAS_UNREAD } else { "1" };
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let last = ThreadCursor {
        last_at: Timestamp(u64::MAX),
        conversation: ConversationId(u64::MAX),
        root: Seq(u64::MAX),
    };
    let ThreadCursor { last_at, conversation, root } = query.before.unwrap_or(last);
    connection
        .prepare_cached(&format!(
            "SELECT coalesce(t.last_at, 0), f.root FROM thread_follower f LEFT JOIN thread t ON t.root = f.root \
             WHERE f.user = ?1 AND (coalesce(t.last_at, 0), f.root) < (?2, ?3) AND {wanted} \
             ORDER BY 1 DESC, 2 DESC LIMIT ?4"
        ))?
        .query_map(
            params![user.0, last_at.0.min(i64::MAX.unsigned_abs()), position(conversation, root), limit],
            |row| {
                let (last_at, root) = (Timestamp(row.get(0)?), row.get(1)?);
                Ok(ThreadCursor { last_at, conversation: conversation_of(root), root: seq_of(root) })
            },
        )?
        .collect()
}

/// In how many of the threads that a user follows something is unread.
pub(in crate::storage::sqlite) fn unread_count(
    connection: &Connection,
    user: UserId,
) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM thread_follower f WHERE f.user = ?1 AND {HAS_UNREAD}"
        ))?
        .query_row([user.0], |row| row.get(0))
}

/// The replies of a thread in a range, in seq order, and the part of the log that they are all replies of.
pub(in crate::storage::sqlite) fn replies(
    connection: &Connection,
    (id, root): (ConversationId, Seq),
    range: Range,
    head_seq: Seq,
    limit: usize,
) -> rusqlite::Result<(Seq, Seq, Vec<Seq>)> {
    let end = head_seq.next();
    let root = position(id, root);
    let older = |before: Seq, limit: usize| -> rusqlite::Result<(Seq, Seq, Vec<Seq>)> {
        let mut seqs = seqs(
            connection,
            "SELECT message FROM thread_reply WHERE root = ?1 AND message < ?2 ORDER BY message DESC LIMIT ?3",
            [root, position(id, before), limit as u64],
        )?;
        seqs.reverse();
        let first = match seqs.first() {
            Some(first) if seqs.len() == limit => *first,
            _ if limit == 0 => before,
            _ => Seq(1),
        };
        Ok((first, Seq(before.0.saturating_sub(1)), seqs))
    };
    let newer = |after: Seq, limit: usize| -> rusqlite::Result<(Seq, Seq, Vec<Seq>)> {
        let seqs = seqs(
            connection,
            "SELECT message FROM thread_reply WHERE root = ?1 AND message > ?2 ORDER BY message LIMIT ?3",
            [root, position(id, after), limit as u64],
        )?;
        let last = seqs.last().copied().filter(|_| seqs.len() == limit).unwrap_or(head_seq);
        Ok((Seq(after.0.saturating_add(1)), last, seqs))
    };
    match range {
        Range::Newest => older(end, limit),
        Range::Before(seq) => older(seq.min(end), limit),
        Range::After(seq) => newer(seq, limit),
        Range::Around(seq) => {
            let seq = seq.min(end);
            let (first_seq, _, mut seqs) = older(seq, limit / 2)?;
            let (_, last_seq, rest) = newer(Seq(seq.0.saturating_sub(1)), limit - limit / 2)?;
            seqs.extend(rest);
            Ok((first_seq, last_seq, seqs))
        }
    }
}

fn seqs(connection: &Connection, sql: &str, parameters: [u64; 3]) -> rusqlite::Result<Vec<Seq>> {
    connection.prepare_cached(sql)?.query_map(parameters, |row| Ok(seq_of(row.get(0)?)))?.collect()
}
