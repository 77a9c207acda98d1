//! Writes what a batch changed about threads.

use confab_shared::{
    id::{ConversationId, Seq, UserId},
    message::ThreadSummary,
};
use serde::Serialize;
use tokio_postgres::types::Json;

use super::rows::{at, id_of, no_more, push, user};
use crate::storage::postgres::{
    batch::{pipeline::Query, threads::Threads, working_set::WorkingSet},
    columns::parameter,
    failure::Failure,
};

const LEFT: &str = "DELETE FROM thread_follower f USING unnest($1::bigint[], $2::bigint[]) k (id, user_id) \
     WHERE f.user_id = k.user_id AND f.conversation = k.id";

const LEFT_MENTIONS: &str = "DELETE FROM thread_mention m USING unnest($1::bigint[], $2::bigint[]) k (id, user_id) \
     WHERE m.user_id = k.user_id AND m.conversation = k.id";

const ENDED: &str = "DELETE FROM thread_follower f USING unnest($1::bigint[], $2::bigint[]) k (id, root) \
     WHERE f.conversation = k.id AND f.root = k.root";

const ENDED_MENTIONS: &str = "DELETE FROM thread_mention m USING unnest($1::bigint[], $2::bigint[]) k (id, root) \
     WHERE m.conversation = k.id AND m.root = k.root";

const UNMENTIONED: &str = "DELETE FROM thread_mention m \
     USING unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) k (id, user_id, root, seq) \
     WHERE m.user_id = k.user_id AND m.conversation = k.id AND m.root = k.root AND m.seq = k.seq";

const REPLIES: &str = "INSERT INTO thread_reply (conversation, seq, root, at, by) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])";

const DELETED: &str = "UPDATE thread_reply r SET deleted = true FROM unnest($1::bigint[], $2::bigint[]) k (id, seq) \
     WHERE r.conversation = k.id AND r.seq = k.seq";

const EMPTY: &str = "DELETE FROM thread t USING unnest($1::bigint[], $2::bigint[]) k (id, root) \
     WHERE t.conversation = k.id AND t.root = k.root";

const SUMMARIES: &str = "INSERT INTO thread (conversation, root, reply_count, last_seq, last_at, faces) \
     SELECT k.conversation, k.root, k.reply_count, k.last_seq, k.last_at, k.faces FROM json_to_recordset($1) k \
     (conversation bigint, root bigint, reply_count bigint, last_seq bigint, last_at bigint, faces json) \
     ON CONFLICT (conversation, root) DO UPDATE SET reply_count = excluded.reply_count, \
     last_seq = excluded.last_seq, last_at = excluded.last_at, faces = excluded.faces";

const FOLLOWERS: &str = "INSERT INTO thread_follower (conversation, user_id, root, read_seq) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) ON CONFLICT DO NOTHING";

const MENTIONS: &str = "INSERT INTO thread_mention (conversation, user_id, root, seq, event) \
     SELECT f.conversation, f.user_id, f.root, k.seq, k.event \
     FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) \
     k (id, user_id, root, seq, event) JOIN thread_follower f \
     ON f.user_id = k.user_id AND f.conversation = k.id AND f.root = k.root \
     ON CONFLICT (user_id, conversation, root, seq) DO UPDATE SET event = excluded.event";

/// A row of `thread`.
#[derive(Serialize)]
struct SummaryRow {
    conversation: ConversationId,
    root: Seq,
    reply_count: u64,
    last_seq: Seq,
    last_at: u64,
    faces: Vec<UserId>,
}

impl SummaryRow {
    fn of(conversation: ConversationId, root: Seq, summary: ThreadSummary) -> Self {
        let ThreadSummary { count: reply_count, last_seq, last_at, faces } = summary;
        Self { conversation, root, reply_count, last_seq, last_at: last_at.0, faces }
    }
}

pub(super) fn threads<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) -> Result<(), Failure> {
    let all = || set.conversations.values().map(|one| (one.conversation.id, &one.threads));
    let users = |(id, threads): (ConversationId, &'s Threads)| {
        threads.left.iter().map(move |left| [id_of(id), user(*left)])
    };
    // The mentions first, as where a user reads a thread or follows it no more.
    push(queries, LEFT_MENTIONS, all().flat_map(users), no_more);
    push(queries, LEFT, all().flat_map(users), no_more);
    let roots = |(id, threads): (ConversationId, &'s Threads)| {
        threads.ended.iter().map(move |root| [id_of(id), at(*root)])
    };
    push(queries, ENDED_MENTIONS, all().flat_map(roots), no_more);
    push(queries, ENDED, all().flat_map(roots), no_more);
    let unmentioned = all().flat_map(|(id, threads)| {
        threads.unmentioned.iter().map(move |(of, root, seq)| [id_of(id), user(*of), at(*root), at(*seq)])
    });
    push(queries, UNMENTIONED, unmentioned, no_more);
    let replies = all().flat_map(|(id, threads)| {
        threads.replies.iter().map(move |(seq, (root, posted_at, by))| {
            [id_of(id), at(*seq), at(*root), parameter(posted_at.0), user(*by)]
        })
    });
    push(queries, REPLIES, replies, no_more);
    let deleted =
        all().flat_map(|(id, threads)| threads.deleted.iter().map(move |seq| [id_of(id), at(*seq)]));
    push(queries, DELETED, deleted, no_more);
    summaries(set, queries)?;
    let followers = all().flat_map(|(id, threads)| {
        threads
            .followers
            .iter()
            .map(move |((of, root), read_seq)| [id_of(id), user(*of), at(*root), at(*read_seq)])
    });
    push(queries, FOLLOWERS, followers, no_more);
    let mentions = all().flat_map(|(id, threads)| {
        threads
            .mentions
            .iter()
            .map(move |((of, root, seq), event)| [id_of(id), user(*of), at(*root), at(*seq), at(*event)])
    });
    push(queries, MENTIONS, mentions, no_more);
    Ok(())
}

fn summaries<'s>(set: &'s WorkingSet, queries: &mut Vec<Query<'s>>) -> Result<(), Failure> {
    let (mut rows, mut empty) = (Vec::new(), Vec::new());
    for one in set.conversations.values() {
        let id = one.conversation.id;
        for (root, summary) in one.threads.changed() {
            match summary {
                Some(summary) => rows.push(SummaryRow::of(id, root, summary)),
                None => empty.push([id_of(id), at(root)]),
            }
        }
    }
    push(queries, EMPTY, empty.into_iter(), no_more);
    if !rows.is_empty() {
        let rows = serde_json::to_value(&rows).map_err(Failure::corrupt)?;
        queries.push(Query::new(SUMMARIES).with(Json(rows)));
    }
    Ok(())
}
