//! What nodes know of each other, on the reference backend.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, Timestamp, UserId},
    user::User,
};
use tokio::{sync::mpsc, time::Instant};

use super::{Memory, Tables};
use crate::{
    domain::{
        cluster::{CommitMarker, NodeId},
        notification::CommitNotification,
        sign_in::SecretHash,
    },
    storage::{
        Device, Range, StorageError,
        shared::{Beat, ChangedConversation, Changes, MissedEvents, MovedPosition, SharedStorage},
    },
};

pub(super) struct NodeRow {
    /// When it wrote last, by both clocks; none where it ended.
    seen: Option<Instant>,
    seen_at: Timestamp,
    users: BTreeSet<UserId>,
}

/// The nodes of a storage.
pub(super) type Nodes = BTreeMap<NodeId, NodeRow>;

impl Memory {
    /// The same storage, as another node uses it: what that node's commits did goes to `publisher`.
    pub fn shared_with(&self, publisher: mpsc::Sender<Vec<CommitNotification>>) -> Self {
        Self { tables: Arc::clone(&self.tables), publisher }
    }
}

impl Memory {
    /// Begins a session of a user.
    pub fn add_session(&self, user: UserId, token: SecretHash) {
        self.tables().begin_session(user, token, Device::default(), Timestamp(1));
    }
}

impl Tables {
    fn is_connected(&self, user: UserId) -> bool {
        self.nodes.values().any(|node| node.users.contains(&user))
    }

    fn set_last_seen(&mut self, user: UserId, at: Timestamp) {
        if let Some(row) = self.row_mut(user) {
            row.known.last_seen = Some(row.known.last_seen.map_or(at, |seen| seen.max(at)));
        }
    }

    fn remove_dead(&mut self, node: NodeId, dead_after: Duration) -> Vec<(UserId, Timestamp)> {
        let lives = |row: &NodeRow| row.seen.is_some_and(|seen| seen.elapsed() < dead_after);
        let dead: Vec<_> =
            self.nodes.iter().filter(|(id, row)| **id != node && !lives(row)).map(|(id, _)| *id).collect();
        let mut gone = BTreeMap::new();
        for row in dead.into_iter().filter_map(|id| self.nodes.remove(&id)) {
            for user in row.users {
                let seen = gone.entry(user).or_insert(row.seen_at);
                *seen = row.seen_at.max(*seen);
            }
        }
        gone.retain(|user, _| !self.is_connected(*user));
        gone.iter().for_each(|(user, at)| self.set_last_seen(*user, *at));
        gone.into_iter().collect()
    }
}

#[async_trait]
impl SharedStorage for Memory {
    async fn beat(&self, node: NodeId, dead_after: Duration) -> Result<Beat, StorageError> {
        let mut tables = self.tables();
        let (seen, seen_at) = (Some(Instant::now()), crate::clock::now());
        let is_new = !tables.nodes.contains_key(&node);
        let row = tables.nodes.entry(node).or_insert(NodeRow { seen, seen_at, users: BTreeSet::new() });
        (row.seen, row.seen_at) = (seen, seen_at);
        let gone = tables.remove_dead(node, dead_after);
        let others = tables.nodes.keys().copied().filter(|other| *other != node).collect();
        Ok(Beat { others, is_new, gone, marker: CommitMarker(tables.commits) })
    }

    async fn leave(&self, node: NodeId) -> Result<(), StorageError> {
        if let Some(row) = self.tables().nodes.get_mut(&node) {
            row.seen = None;
        }
        Ok(())
    }

    async fn connect(&self, node: NodeId, users: &[UserId]) -> Result<Vec<UserId>, StorageError> {
        let mut tables = self.tables();
        let first: Vec<_> = users.iter().copied().filter(|user| !tables.is_connected(*user)).collect();
        let Some(row) = tables.nodes.get_mut(&node) else { return Ok(Vec::new()) };
        row.users.extend(users);
        Ok(first)
    }

    async fn disconnect(&self, node: NodeId, user: UserId, at: Timestamp) -> Result<bool, StorageError> {
        let mut tables = self.tables();
        if let Some(row) = tables.nodes.get_mut(&node) {
            row.users.remove(&user);
        }
        let gone = !tables.is_connected(user);
        if gone {
            tables.set_last_seen(user, at);
        }
        Ok(gone)
    }

    async fn connected(&self, users: &[UserId]) -> Result<Vec<UserId>, StorageError> {
        let tables = self.tables();
        let connected: BTreeSet<_> =
            users.iter().copied().filter(|user| tables.is_connected(*user)).collect();
        Ok(connected.into_iter().collect())
    }

    async fn groups(&self, user: UserId) -> Result<Vec<(ConversationId, Seq)>, StorageError> {
        let tables = self.tables();
        let groups = tables.conversations.values().filter(|row| {
            row.conversation.kind == ConversationKind::Group && row.positions.contains_key(&user)
        });
        Ok(groups.map(|row| (row.conversation.id, row.conversation.head_seq)).collect())
    }

    async fn changed_since(&self, node: NodeId, marker: CommitMarker) -> Result<Changes, StorageError> {
        let tables = self.tables();
        let nobody = BTreeSet::new();
        let users = tables.nodes.get(&node).map_or(&nobody, |row| &row.users);
        let changed = tables.conversations.values().filter(|row| row.changed_in >= marker.0);
        let conversations = changed.filter_map(|row| {
            let kind = row.conversation.kind;
            let members: Vec<_> = match kind {
                ConversationKind::Broadcast => Vec::new(),
                _ => row.positions.keys().copied().filter(|user| users.contains(user)).collect(),
            };
            (kind == ConversationKind::Broadcast || !members.is_empty()).then_some(ChangedConversation {
                id: row.conversation.id,
                kind,
                head_seq: row.conversation.head_seq,
                members,
            })
        });
        Ok(Changes { conversations: conversations.collect(), marker: CommitMarker(tables.commits) })
    }

    async fn moved_positions(
        &self,
        node: NodeId,
        _marker: CommitMarker,
    ) -> Result<Vec<MovedPosition>, StorageError> {
        let tables = self.tables();
        let users = tables.nodes.get(&node).into_iter().flat_map(|row| &row.users);
        let shown = users.flat_map(|user| tables.conversations.values().map(move |row| (*user, row)));
        let moved = shown.flat_map(|(to, row)| {
            row.shown_positions(to).into_iter().map(move |signal| MovedPosition { to, signal })
        });
        Ok(moved.collect())
    }

    async fn moved_in_threads(
        &self,
        node: NodeId,
        marker: CommitMarker,
    ) -> Result<Vec<UserId>, StorageError> {
        let tables = self.tables();
        let users = tables.nodes.get(&node).into_iter().flat_map(|row| &row.users);
        let moved = |user: &&UserId| tables.thread_moves.get(user).is_some_and(|at| *at >= marker.0);
        Ok(users.filter(moved).copied().collect())
    }

    async fn missed(
        &self,
        id: ConversationId,
        after: Seq,
        limit: usize,
    ) -> Result<Option<MissedEvents>, StorageError> {
        let tables = self.tables();
        let Some(row) = tables.conversations.get(&id) else { return Ok(None) };
        let head_seq = row.conversation.head_seq;
        let (first, last) = Range::Newest.bounds(head_seq, limit);
        let first = first.max(after.next());
        let events: Vec<_> =
            row.log.iter().filter(|stored| (first..=last).contains(&stored.event.seq)).cloned().collect();
        let users = tables.named(events.iter().flat_map(|stored| stored.event.users()));
        Ok(Some(MissedEvents {
            kind: row.conversation.kind,
            title: row.conversation.title.clone(),
            audience: row.audience(),
            events,
            users,
            head_seq,
        }))
    }

    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StorageError> {
        let ids: BTreeSet<_> = ids.iter().collect();
        let tables = self.tables();
        Ok(ids.into_iter().filter_map(|id| tables.row(*id)).map(|row| row.known.user.clone()).collect())
    }

    async fn ended_sessions(&self, tokens: &[SecretHash]) -> Result<Vec<SecretHash>, StorageError> {
        let tables = self.tables();
        let lives = |token: &SecretHash| tables.sessions.values().any(|row| row.session.token == *token);
        let ended: BTreeSet<_> = tokens.iter().copied().filter(|token| !lives(token)).collect();
        Ok(ended.into_iter().collect())
    }
}
