//! The effects of a commit that other users are notified of.

use std::sync::Arc;

use confab_shared::{
    conversation::ConversationKind, event::Event, group_request::GroupRequest, protocol::ReadSignal,
    text::Title, user::User,
};
use smallvec::SmallVec;

use super::audience::Audience;

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// The event.
    pub event: Event,
    /// The frame of the demo's dialect that posted it, where encoding it again would give other bytes.
    pub legacy: Option<Arc<str>>,
}

/// What a commit did that others have to know.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are events, and a box would cost each an allocation"
)]
pub enum CommitNotification {
    /// An event was appended.
    Event(CommittedEvent),
    /// A read position moved. In one order with the events: a client that sees them in another would count otherwise.
    ReadPosition(MovedReadPosition),
    /// Users were asked to join a group.
    GroupRequest(NewGroupRequest),
}

/// A request to join a group that was just committed.
#[derive(Clone, Debug)]
pub struct NewGroupRequest {
    /// Who was asked.
    pub users: Audience,
    /// What they were asked.
    pub request: GroupRequest,
}

/// An event that has just been committed: published once, in seq order.
#[derive(Clone, Debug)]
pub struct CommittedEvent {
    /// The event.
    pub stored: StoredEvent,
    /// Every user whom it names: mostly its author alone.
    pub users: SmallVec<[User; 1]>,
    /// Who gets it; of a member who left, they too.
    pub audience: Audience,
    /// The conversation's kind.
    pub kind: ConversationKind,
    /// The conversation's title, after the event.
    pub title: Option<Title>,
}

impl CommittedEvent {
    /// Whether it is in a user's conversation with themselves.
    pub fn is_notes(&self) -> bool {
        self.kind == ConversationKind::Direct
            && matches!(&self.audience, Audience::Users(users) if users.len() == 1)
    }
}

/// A read position that has just moved.
#[derive(Clone, Debug)]
pub struct MovedReadPosition {
    /// The position.
    pub signal: ReadSignal,
    /// The members, where the move of one who takes part changed how far the others have read for one of them. It does so
    /// at most twice per event, so that a message to a thousand readers makes two signals to all of them and not a thousand;
    /// in a small group they are told of every move ([`super::read_position::is_signalled`]).
    pub audience: Option<Audience>,
}
