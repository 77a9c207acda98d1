//! Reads threads, and how far members have read them.

use confab_shared::{
    api::FollowedThread,
    id::{ConversationId, Seq, UserId},
    message::Message,
    thread::ThreadState,
};
use rusqlite::Connection;

use super::{
    log, messages,
    tables::{conversations, threads},
};
use crate::storage::{
    MessageRun, Range,
    threads::{ThreadQuery, ThreadRun},
};

/// A message that may be the root of a thread, as it is now. None where the user is no member; none in it where there is no such
/// message.
fn root(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    root: Seq,
) -> rusqlite::Result<Option<Option<Message>>> {
    if conversations::kind_for(connection, user, id)?.is_none() {
        return Ok(None);
    }
    Ok(Some(messages::message(connection, id, root)?.filter(|message| message.thread.is_none())))
}

pub(super) fn replies(
    connection: &Connection,
    user: UserId,
    (id, seq): (ConversationId, Seq),
    range: Range,
    limit: usize,
) -> rusqlite::Result<Option<Option<MessageRun>>> {
    let root = match root(connection, user, id, seq)? {
        None => return Ok(None),
        Some(None) => return Ok(Some(None)),
        Some(Some(root)) => root,
    };
    let head_seq = log::head_seq(connection, id)?;
    let (first_seq, last_seq, seqs) = threads::replies(connection, (id, seq), range, head_seq, limit)?;
    let items = messages::of_seqs(connection, id, &seqs)?;
    let run = messages::run(connection, id, items, Some(root), (head_seq, first_seq, last_seq))?;
    Ok(Some(Some(run)))
}

pub(super) fn thread(
    connection: &Connection,
    user: UserId,
    id: ConversationId,
    seq: Seq,
) -> rusqlite::Result<Option<Option<ThreadState>>> {
    match root(connection, user, id, seq)? {
        None => Ok(None),
        Some(None) => Ok(Some(None)),
        Some(Some(_)) => {
            let head_seq = log::head_seq(connection, id)?;
            Ok(Some(Some(threads::state(connection, user, (id, seq), head_seq)?)))
        }
    }
}

pub(super) fn list(connection: &Connection, user: UserId, query: ThreadQuery) -> rusqlite::Result<ThreadRun> {
    let one_more = ThreadQuery { limit: query.limit.saturating_add(1), ..query };
    let mut found = threads::followed(connection, user, one_more)?;
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let mut listed = Vec::with_capacity(found.len());
    for cursor in found {
        let (id, seq) = (cursor.conversation, cursor.root);
        let Some(root) = messages::message(connection, id, seq)? else { continue };
        let last_reply = match &root.replies {
            Some(replies) => messages::message(connection, id, replies.last_seq)?,
            None => None,
        };
        let state = threads::state(connection, user, (id, seq), log::head_seq(connection, id)?)?;
        listed.push(FollowedThread { state, root, last_reply });
    }
    let named = listed.iter().flat_map(|thread| thread.root.users().chain(last_users(thread)));
    let users = messages::named(connection, named)?;
    Ok(ThreadRun { threads: listed, more, users })
}

fn last_users(thread: &FollowedThread) -> impl Iterator<Item = UserId> {
    thread.last_reply.iter().flat_map(Message::users)
}

pub(super) fn followed(
    connection: &Connection,
    user: UserId,
    (limit, unread_limit): (usize, usize),
) -> rusqlite::Result<(Vec<ThreadState>, u64)> {
    let mut found = threads::followed(connection, user, ThreadQuery { unread: false, before: None, limit })?;
    let Some(last) = found.last().copied() else { return Ok((Vec::new(), 0)) };
    if found.len() == limit {
        let further = ThreadQuery { unread: true, before: Some(last), limit: unread_limit };
        found.extend(threads::followed(connection, user, further)?);
    }
    let states = found.iter().map(|cursor| {
        let head_seq = log::head_seq(connection, cursor.conversation)?;
        threads::state(connection, user, (cursor.conversation, cursor.root), head_seq)
    });
    let states = states.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok((states, threads::unread_count(connection, user)?))
}
