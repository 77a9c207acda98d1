//! Carries events and signals between nodes. To add a bus: implement [`Bus`], and pass what arrives to this node's hub.

pub mod local;

use std::sync::Arc;

use async_trait::async_trait;
use confab_shared::{id::UserId, user::User};

use super::published::PublishedEvent;
use crate::{
    domain::{audience::Audience, sign_in::SecretHash},
    websocket::frame::Frame,
};

/// The connections of a user that end.
#[derive(Clone, Copy, Debug)]
pub enum EndedConnections {
    /// Those of a session that was signed out.
    Session(SecretHash),
    /// All.
    All,
    /// Those of all sessions but one.
    OtherThan(SecretHash),
}

/// Reaches the connections on every node.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Delivers events that follow each other, all for one audience. Calls come one after the other.
    async fn events(&self, audience: &Audience, events: Vec<Arc<PublishedEvent>>);

    /// Delivers a signal, a native frame.
    fn signal(&self, audience: Audience, frame: Frame);

    /// Has every connection of a user act as the user is now: events that it makes from then on name the user so.
    fn set_user(&self, user: &User);

    /// The sessions that have a connection.
    fn connected_sessions(&self) -> Vec<SecretHash>;

    /// Whether it reaches the other nodes. A bus that ends in this process always does.
    fn is_ready(&self) -> bool {
        true
    }

    /// Ends connections.
    fn end(&self, user: UserId, connections: EndedConnections);
}
