//! Threads, on the reference backend: all but who follows them and how far they have read is found in the log.

use async_trait::async_trait;
use confab_shared::{
    api::{FollowedThread, ThreadCursor},
    conversation::{Conversation, UnreadMention},
    event::{Event, EventBody},
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::{Message, ThreadSummary},
    thread::ThreadState,
};

use super::{Memory, Tables, conversation_row::ConversationRow};
use crate::{
    domain::decision::{ThreadChange, ThreadChangeKind},
    storage::{
        MessageRun, Range, StorageError, Threads,
        threads::{ThreadMove, ThreadQuery, ThreadRun},
    },
};

impl ConversationRow {
    /// What a root shows of its thread, without one of the replies.
    pub(super) fn summary(&self, root: Seq, without: Option<Seq>) -> Option<ThreadSummary> {
        let replies = self.log.iter().map(|stored| &stored.event).filter(|event| {
            matches!(&event.body, EventBody::Posted(posted) if posted.thread == Some(root))
                && !self.is_deleted(event.seq)
                && Some(event.seq) != without
        });
        replies.fold(None, |summary, reply| {
            Some(ThreadSummary::with_reply(summary, reply.seq, reply.by, reply.at))
        })
    }

    /// Writes what an event changes about a thread.
    pub(super) fn change_thread(&mut self, event: &Event, change: &ThreadChange) {
        let root = change.root;
        match &change.kind {
            ThreadChangeKind::Reply { followers, mentions, .. } => {
                for user in followers {
                    self.followers.entry((*user, root)).or_insert(Seq(event.seq.0 - 1));
                }
                let mention = UnreadMention { seq: event.seq, event: event.seq };
                self.thread_mentions.extend(mentions.iter().map(|user| (*user, root, mention)));
            }
            ThreadChangeKind::Edit { reply, notify, unmentioned } => {
                self.thread_mentions.retain(|(user, _, at)| at.seq != *reply || !unmentioned.contains(user));
                let mention = UnreadMention { seq: *reply, event: event.seq };
                let following = notify.iter().filter(|user| self.followers.contains_key(&(**user, root)));
                self.thread_mentions.extend(following.map(|user| (*user, root, mention)));
            }
            ThreadChangeKind::Delete { reply, .. } => {
                self.thread_mentions.retain(|(_, _, at)| at.seq != *reply);
            }
            ThreadChangeKind::End => {
                self.followers.retain(|(_, of), _| *of != root);
                self.thread_mentions.retain(|(_, of, _)| *of != root);
            }
        }
    }

    /// A member leaves.
    pub(super) fn leave_threads(&mut self, user: UserId) {
        self.followers.retain(|(follower, _), _| *follower != user);
        self.thread_mentions.retain(|(mentioned, ..)| *mentioned != user);
    }

    /// A message that may be the root of a thread.
    fn root(&self, root: Seq) -> Option<Message> {
        self.message(root).filter(|message| message.thread.is_none())
    }

    fn thread(&self, user: UserId, root: Seq) -> ThreadState {
        let state = ThreadState::new(self.conversation.id, root, self.conversation.head_seq);
        let Some(read_seq) = self.followers.get(&(user, root)).copied() else { return state };
        let items = self.items(Some(root));
        let replies = items.iter().filter_map(Item::message);
        let unread =
            replies.filter(|reply| reply.seq > read_seq && reply.by != user && reply.deleted.is_none());
        let mentions = self.thread_mentions.iter().filter(|(of, at, _)| (*of, *at) == (user, root));
        let mut mentions: Vec<_> = mentions.map(|(.., mention)| *mention).collect();
        mentions.sort_unstable_by_key(|mention| mention.event);
        mentions.drain(..mentions.len().saturating_sub(Conversation::MAX_MENTIONS));
        ThreadState { following: true, read_seq, unread: unread.count() as u64, mentions, ..state }
    }

    fn followed(&self, user: UserId) -> impl Iterator<Item = (ThreadCursor, ThreadState)> {
        let roots = self.followers.keys().filter(move |(follower, _)| *follower == user);
        roots.map(move |(_, root)| {
            let last_at = self.summary(*root, None).map_or(Timestamp(0), |summary| summary.last_at);
            let cursor = ThreadCursor { last_at, conversation: self.conversation.id, root: *root };
            (cursor, self.thread(user, *root))
        })
    }
}

impl Tables {
    /// The conversation of a member.
    fn joined(&self, user: UserId, id: ConversationId) -> Option<&ConversationRow> {
        self.conversations.get(&id).filter(|row| row.positions.contains_key(&user))
    }

    /// The threads that a user follows, the one with the newest reply first.
    fn followed(&self, user: UserId) -> Vec<(ThreadCursor, ThreadState)> {
        let mut threads: Vec<_> = self.conversations.values().flat_map(|row| row.followed(user)).collect();
        threads.sort_unstable_by_key(|(cursor, _)| std::cmp::Reverse(*cursor));
        threads
    }
}

#[async_trait]
impl Threads for Memory {
    async fn replies(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
        range: Range,
        limit: usize,
    ) -> Result<Option<Option<MessageRun>>, StorageError> {
        let tables = self.tables();
        let Some(row) = tables.joined(user, id) else { return Ok(None) };
        let Some(message) = row.root(root) else { return Ok(Some(None)) };
        Ok(Some(Some(tables.run(row, Some(message), range, limit))))
    }

    async fn thread(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
    ) -> Result<Option<Option<ThreadState>>, StorageError> {
        let tables = self.tables();
        let Some(row) = tables.joined(user, id) else { return Ok(None) };
        Ok(Some(row.root(root).map(|_| row.thread(user, root))))
    }

    async fn move_thread(
        &self,
        user: UserId,
        id: ConversationId,
        root: Seq,
        to: ThreadMove,
    ) -> Result<Option<Option<ThreadState>>, StorageError> {
        let mut tables = self.tables();
        if tables.joined(user, id).is_none() {
            return Ok(None);
        }
        let Some(row) = tables.conversations.get_mut(&id) else { return Ok(None) };
        if row.root(root).is_none_or(|message| message.deleted.is_some()) {
            return Ok(Some(None));
        }
        let (head, key) = (row.conversation.head_seq, (user, root));
        match to {
            ThreadMove::Read(seq) => {
                if let Some(read_seq) = row.followers.get_mut(&key) {
                    *read_seq = seq.min(head).max(*read_seq);
                    let through = *read_seq;
                    row.thread_mentions
                        .retain(|(of, at, mention)| (*of, *at) != key || mention.event > through);
                }
            }
            ThreadMove::Follow => {
                row.followers.entry(key).or_insert(head);
            }
            ThreadMove::Unfollow => {
                row.followers.remove(&key);
                row.thread_mentions.retain(|(of, at, _)| (*of, *at) != key);
            }
        }
        let state = row.thread(user, root);
        tables.commits += 1;
        let commit = tables.commits;
        tables.thread_moves.insert(user, commit);
        Ok(Some(Some(state)))
    }

    async fn threads(&self, user: UserId, query: ThreadQuery) -> Result<ThreadRun, StorageError> {
        let tables = self.tables();
        let wanted = |(cursor, state): &(ThreadCursor, ThreadState)| {
            query.before.is_none_or(|before| *cursor < before) && (state.unread > 0 || !query.unread)
        };
        let mut found = tables.followed(user).into_iter().filter(wanted).peekable();
        let threads: Vec<_> = found
            .by_ref()
            .take(query.limit)
            .map(|(_, state)| {
                let row = &tables.conversations[&state.conversation];
                let root = row.root(state.root).expect("it is followed");
                let last = root.replies.as_ref().map(|replies| replies.last_seq);
                FollowedThread { state, last_reply: last.and_then(|seq| row.message(seq)), root }
            })
            .collect();
        let named = threads.iter().flat_map(|thread| thread.root.users().chain(named(thread)));
        let users = tables.named(named);
        Ok(ThreadRun { threads, more: found.peek().is_some(), users })
    }

    async fn followed_threads(
        &self,
        user: UserId,
        limit: usize,
        unread_limit: usize,
    ) -> Result<(Vec<ThreadState>, u64), StorageError> {
        let followed = self.tables().followed(user);
        let unread = followed.iter().filter(|(_, state)| state.unread > 0).count() as u64;
        let mut states = followed.into_iter().map(|(_, state)| state);
        let mut first: Vec<_> = states.by_ref().take(limit).collect();
        first.extend(states.filter(|state| state.unread > 0).take(unread_limit));
        Ok((first, unread))
    }
}

/// The users whom the last reply of a thread names.
fn named(thread: &FollowedThread) -> impl Iterator<Item = UserId> {
    thread.last_reply.iter().flat_map(Message::users)
}
