//! Threads: which messages are replies, what roots show of their threads, and who follows them, against the events.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use confab_shared::{
    conversation::Conversation,
    event::{Event, EventBody},
    id::{ConversationId, Seq, Timestamp, UserId},
    message::ThreadSummary,
};
use rusqlite::Connection;

use super::faults::Faults;
use crate::storage::sqlite::tables::{
    position::{position, seq_of},
    threads,
};

/// A reply: the root of its thread, when and by whom it was posted, and whether it was deleted.
type Reply = (Seq, Timestamp, UserId, bool);

/// The threads of one conversation, as its events give them.
#[derive(Default)]
pub(super) struct GivenThreads {
    replies: BTreeMap<Seq, Reply>,
    summaries: BTreeMap<Seq, Option<ThreadSummary>>,
    /// Deleted messages that showed only in a thread, and deleted ones that were no replies.
    deleted_beside: BTreeSet<Seq>,
    deleted_roots: HashSet<Seq>,
}

impl GivenThreads {
    /// Applies the next event of the log.
    pub(super) fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::Posted(posted) => {
                let Some(root) = posted.thread else { return };
                self.replies.insert(event.seq, (root, event.at, event.by, false));
                let summary = self.summaries.entry(root).or_default();
                *summary = Some(ThreadSummary::with_reply(summary.take(), event.seq, event.by, event.at));
            }
            EventBody::Deleted(deleted) => {
                if let Some((root, .., is_deleted)) = self.replies.get_mut(&deleted.target) {
                    *is_deleted = true;
                    let left = deleted.reply.as_ref().and_then(|reply| reply.replies.clone());
                    self.summaries.insert(*root, left);
                    if !deleted.is_in_timeline() {
                        self.deleted_beside.insert(deleted.target);
                    }
                } else {
                    self.deleted_roots.insert(deleted.target);
                }
            }
            _ => {}
        }
    }

    /// Compares the stored rows of a conversation with what its events gave.
    pub(super) fn end(
        self,
        connection: &Connection,
        log: &Conversation,
        members: &HashSet<UserId>,
        faults: &mut Faults<'_>,
    ) -> rusqlite::Result<()> {
        let id = log.id;
        self.check_replies(connection, id, faults)?;
        let stored: BTreeMap<_, _> =
            threads::summaries(connection, id, (Seq(0), Seq(u64::MAX)))?.into_iter().collect();
        let given: BTreeMap<_, _> =
            self.summaries.iter().filter_map(|(root, summary)| Some((*root, summary.clone()?))).collect();
        for seq in differing(&stored, &given) {
            faults.add(format_args!("conversation {id}: thread of root {seq} is not what its events give"));
        }
        self.check_followers(connection, log, members, faults)
    }

    fn check_replies(
        &self,
        connection: &Connection,
        id: ConversationId,
        faults: &mut Faults<'_>,
    ) -> rusqlite::Result<()> {
        let stored: BTreeMap<Seq, Reply> = connection
            .prepare_cached(
                "SELECT message, root, at, by, deleted FROM thread_reply WHERE message BETWEEN ?1 AND ?2",
            )?
            .query_map(all(id), |row| {
                let reply = (seq_of(row.get(1)?), Timestamp(row.get(2)?), UserId(row.get(3)?), row.get(4)?);
                Ok((seq_of(row.get(0)?), reply))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for seq in differing(&stored, &self.replies) {
            faults.add(format_args!(
                "conversation {id}: thread_reply of message {seq} is not what its events give"
            ));
        }
        let beside: BTreeSet<Seq> = connection
            .prepare_cached("SELECT message FROM deletion WHERE message BETWEEN ?1 AND ?2 AND beside")?
            .query_map(all(id), |row| Ok(seq_of(row.get(0)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for seq in beside.symmetric_difference(&self.deleted_beside) {
            faults.add(format_args!(
                "conversation {id}: deletion of message {seq} says something else than its events of where it showed"
            ));
        }
        Ok(())
    }

    /// Members follow threads whose roots are there, and have unread mentions in what they have not read of them.
    fn check_followers(
        &self,
        connection: &Connection,
        log: &Conversation,
        members: &HashSet<UserId>,
        faults: &mut Faults<'_>,
    ) -> rusqlite::Result<()> {
        let (id, head) = (log.id, log.head_seq);
        let mut followers = connection.prepare_cached(
            "SELECT user, root, read_seq FROM thread_follower WHERE root BETWEEN ?1 AND ?2",
        )?;
        let mut mentions = connection
            .prepare_cached("SELECT seq, event FROM thread_mention WHERE user = ?1 AND root = ?2")?;
        let mut rows = followers.query(all(id))?;
        while let Some(row) = rows.next()? {
            let (user, root, read) = (UserId(row.get(0)?), seq_of(row.get(1)?), Seq(row.get(2)?));
            let follower = format!("conversation {id}: thread_follower has user {user} of root {root}");
            if !members.contains(&user) {
                faults.add(format_args!("{follower}, who is no member"));
            }
            if self.deleted_roots.contains(&root) || self.replies.contains_key(&root) {
                faults.add(format_args!("{follower}, which is deleted or a reply"));
            }
            if read > head {
                faults.add(format_args!("{follower} at seq {read}, and the log ends at {head}"));
            }
            let mut unread = mentions.query([user.0, position(id, root)])?;
            while let Some(row) = unread.next()? {
                let (seq, event) = (Seq(row.get(0)?), Seq(row.get(1)?));
                let is_there =
                    self.replies.get(&seq).is_some_and(|(of, .., is_deleted)| *of == root && !is_deleted);
                if !is_there || event < seq || event > head || event <= read {
                    faults.add(format_args!(
                        "conversation {id}: thread_mention has message {seq} with event {event}, which user {user} has not unread"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The positions of all events of a conversation.
fn all(id: ConversationId) -> [u64; 2] {
    [position(id, Seq(0)), position(id, Seq(u64::MAX))]
}

/// The keys whose values differ, or that only one side has.
fn differing<T: PartialEq>(stored: &BTreeMap<Seq, T>, given: &BTreeMap<Seq, T>) -> Vec<Seq> {
    let mut seqs: Vec<_> = stored.keys().chain(given.keys()).copied().collect();
    seqs.sort_unstable();
    seqs.dedup();
    seqs.retain(|seq| stored.get(seq) != given.get(seq));
    seqs
}
