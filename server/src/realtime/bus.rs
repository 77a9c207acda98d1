//! Carries events and signals between nodes. To add a bus: implement [`Bus`], and pass what arrives to this node's hub.

pub mod local;
pub mod nats;

use std::sync::Arc;

use async_trait::async_trait;
use confab_shared::{
    id::{ConversationId, Seq, UserId},
    user::User,
};
use serde::{Deserialize, Serialize};

use super::published::PublishedEvent;
use crate::{
    domain::{audience::Audience, sign_in::SecretHash},
    websocket::frame::Frame,
};

/// The connections of a user that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedConnections {
    /// Those of a session that was signed out.
    Session(SecretHash),
    /// All.
    All,
    /// Those of all sessions but one.
    OtherThan(SecretHash),
}

impl EndedConnections {
    /// Whether a connection of a session, or one of the demo's dialect, which has none, is among them.
    pub fn contains(self, session: Option<SecretHash>) -> bool {
        match self {
            Self::All => true,
            Self::Session(ended) => session == Some(ended),
            Self::OtherThan(kept) => session != Some(kept),
        }
    }
}

/// A signal, and whom it is for.
pub struct Signal {
    /// Who gets it.
    pub audience: Audience,
    /// The conversation that it is about, where the audience are its members.
    pub conversation: Option<ConversationId>,
    /// The event of the conversation after which it has to arrive; 0 for one that has no order.
    pub after: Seq,
    /// The native frame.
    pub frame: Frame,
}

impl Signal {
    /// A signal that is about no conversation.
    pub fn to(audience: Audience, frame: Frame) -> Self {
        Self { audience, conversation: None, after: Seq(0), frame }
    }
}

/// Reaches the connections on every node.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Delivers events that follow each other, all for one audience. Calls come one after the other.
    async fn events(&self, audience: &Audience, events: Vec<Arc<PublishedEvent>>);

    /// Delivers a signal.
    async fn signal(&self, signal: Signal);

    /// Has every connection of a user act as the user is now: events that it makes from then on name the user so.
    fn set_user(&self, user: &User);

    /// The sessions that have a connection to this node.
    fn connected_sessions(&self) -> Vec<SecretHash>;

    /// Whether it reaches the other nodes. A bus that ends in this process always does.
    fn is_ready(&self) -> bool {
        true
    }

    /// Ends connections.
    fn end(&self, user: UserId, connections: EndedConnections);
}
