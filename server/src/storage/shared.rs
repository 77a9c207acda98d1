//! What nodes know of each other through a storage that they share. Everything here holds while the bus is away.

use std::time::Duration;

use async_trait::async_trait;
use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, Timestamp, UserId},
    protocol::ReadSignal,
    text::Title,
    user::User,
};

use super::error::StorageError;
use crate::domain::{
    audience::Audience,
    cluster::{CommitMarker, NodeId},
    notification::StoredEvent,
    sign_in::SecretHash,
};

/// What a node learns when it writes that it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beat {
    /// The other nodes that live.
    pub others: Vec<NodeId>,
    /// Whether the node was not known: it is new, or it was taken for dead and its users for disconnected.
    pub is_new: bool,
    /// Users whom the death of other nodes disconnected, and when they were last seen. Each is answered to one node, once.
    pub gone: Vec<(UserId, Timestamp)>,
    /// The position before which every commit is visible.
    pub marker: CommitMarker,
}

/// A conversation that has events which a node may have missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedConversation {
    /// Which.
    pub id: ConversationId,
    /// Its kind.
    pub kind: ConversationKind,
    /// Its newest event.
    pub head_seq: Seq,
    /// Its members who are connected to the node, sorted; none of Everyone's are listed.
    pub members: Vec<UserId>,
}

/// The conversations with commits since a position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The conversations, in no order: Everyone, and those that have a member who is connected to the node.
    pub conversations: Vec<ChangedConversation>,
    /// Where to go on.
    pub marker: CommitMarker,
}

/// Events that a node missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedEvents {
    /// The kind of their conversation.
    pub kind: ConversationKind,
    /// Its title, as it is now.
    pub title: Option<Title>,
    /// Its members, as they are now.
    pub audience: Audience,
    /// The newest events, in seq order.
    pub events: Vec<StoredEvent>,
    /// Every user whom they name.
    pub users: Vec<User>,
    /// The conversation's newest seq.
    pub head_seq: Seq,
}

/// A read position that moved, and somebody who is to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovedPosition {
    /// Who: the member themselves, or one of the others.
    pub to: UserId,
    /// The position, as the conversation is now.
    pub signal: ReadSignal,
}

/// Nodes, who is connected to them, and what they missed. A user counts as connected once per node.
#[async_trait]
pub trait SharedStorage: Send + Sync {
    /// Writes that a node lives, and removes nodes that have not written for `dead_after`, by the storage's clock. Users whom
    /// that leaves without a connection get the node's last beat as the time when they were last seen.
    async fn beat(&self, node: NodeId, dead_after: Duration) -> Result<Beat, StorageError>;

    /// Writes that a node ends: the next beat of another node removes it.
    async fn leave(&self, node: NodeId) -> Result<(), StorageError>;

    /// Writes that users are connected to a node. Answers those who were connected to none. One whose node is not known is
    /// not connected.
    async fn connect(&self, node: NodeId, users: &[UserId]) -> Result<Vec<UserId>, StorageError>;

    /// Writes that a user is not connected to a node any more, and, where they are connected to no other, when they were last
    /// seen. Answers whether that is so.
    async fn disconnect(&self, node: NodeId, user: UserId, at: Timestamp) -> Result<bool, StorageError>;

    /// Those of some users who are connected to any node, sorted.
    async fn connected(&self, users: &[UserId]) -> Result<Vec<UserId>, StorageError>;

    /// The groups of a user, and their newest events.
    async fn groups(&self, user: UserId) -> Result<Vec<(ConversationId, Seq)>, StorageError>;

    /// The conversations with commits since a position, as far as they concern a node. One that changed shortly before may
    /// be among them; none that changed since is missing.
    async fn changed_since(&self, node: NodeId, marker: CommitMarker) -> Result<Changes, StorageError>;

    /// The read positions that users who are connected to a node show, in conversations where any moved since a position in the
    /// commits: their own, and the furthest of the other members. Some may be among them that did not move.
    async fn moved_positions(
        &self,
        node: NodeId,
        marker: CommitMarker,
    ) -> Result<Vec<MovedPosition>, StorageError>;

    /// The users who are connected to a node and have read or followed a thread, or not any more, since a position in the
    /// commits; sorted.
    async fn moved_in_threads(&self, node: NodeId, marker: CommitMarker)
    -> Result<Vec<UserId>, StorageError>;

    /// The newest events of a conversation after a seq, at most `limit`; none where there is no such conversation.
    async fn missed(
        &self,
        id: ConversationId,
        after: Seq,
        limit: usize,
    ) -> Result<Option<MissedEvents>, StorageError>;

    /// Some users as they are now, in the order of their ids. Those that do not exist are left out.
    async fn users(&self, ids: &[UserId]) -> Result<Vec<User>, StorageError>;

    /// Those of some sessions that have ended, sorted.
    async fn ended_sessions(&self, tokens: &[SecretHash]) -> Result<Vec<SecretHash>, StorageError>;
}
