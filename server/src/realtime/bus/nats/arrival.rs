//! The arrivals that the delivery task handles, from this node or another.

use std::sync::Arc;

use confab_shared::{
    conversation::ConversationKind,
    id::{ConversationId, Seq, UserId},
};

use crate::{domain::audience::Audience, realtime::published::PublishedEvent, websocket::frame::Frame};

/// An event that came.
pub(super) struct Arrived {
    pub(super) seq: Seq,
    pub(super) event: Arc<PublishedEvent>,
    /// Who became a member by it.
    pub(super) added: Vec<UserId>,
    /// The users who were members until the event.
    pub(super) removed: Option<UserId>,
}

/// Events of one conversation that came together.
pub(super) struct Arrivals {
    pub(super) conversation: ConversationId,
    pub(super) kind: ConversationKind,
    /// Its members as of the events, also those who are connected elsewhere; of a group none where the events are another
    /// node's.
    pub(super) members: Audience,
    pub(super) events: Vec<Arrived>,
}

/// A signal that came.
pub(super) struct ArrivedSignal {
    /// Who gets it; without it, the members of the conversation who are here.
    pub(super) audience: Option<Audience>,
    pub(super) conversation: Option<ConversationId>,
    /// The event after which it is delivered.
    pub(super) after: Seq,
    pub(super) frame: Frame,
}
