//! Threads: which messages are replies, and what roots show of their threads, against the events.

use std::collections::BTreeMap;

use confab_shared::{
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
                }
            }
            _ => {}
        }
    }

    /// Compares the stored rows with what the events gave.
    pub(super) fn end(
        self,
        connection: &Connection,
        id: ConversationId,
        faults: &mut Faults<'_>,
    ) -> rusqlite::Result<()> {
        let all = (Seq(0), Seq(u64::MAX));
        let stored: BTreeMap<Seq, Reply> = connection
            .prepare_cached(
                "SELECT message, root, at, by, deleted FROM thread_reply WHERE message BETWEEN ?1 AND ?2",
            )?
            .query_map([position(id, all.0), position(id, all.1)], |row| {
                let reply = (seq_of(row.get(1)?), Timestamp(row.get(2)?), UserId(row.get(3)?), row.get(4)?);
                Ok((seq_of(row.get(0)?), reply))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for seq in differing(&stored, &self.replies) {
            faults.add(format_args!(
                "conversation {id}: thread_reply of message {seq} is not what its events give"
            ));
        }
        let stored: BTreeMap<_, _> = threads::summaries(connection, id, all)?.into_iter().collect();
        let given: BTreeMap<_, _> =
            self.summaries.into_iter().filter_map(|(root, summary)| Some((root, summary?))).collect();
        for seq in differing(&stored, &given) {
            faults.add(format_args!("conversation {id}: thread of root {seq} is not what its events give"));
        }
        Ok(())
    }
}

/// The keys whose values differ, or that only one side has.
fn differing<T: PartialEq>(stored: &BTreeMap<Seq, T>, given: &BTreeMap<Seq, T>) -> Vec<Seq> {
    let mut seqs: Vec<_> = stored.keys().chain(given.keys()).copied().collect();
    seqs.sort_unstable();
    seqs.dedup();
    seqs.retain(|seq| stored.get(seq) != given.get(seq));
    seqs
}
