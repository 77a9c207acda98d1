//! What all WebSocket connections share.

use std::sync::Arc;

use axum::extract::FromRef;
use confab_shared::error::ErrorCode;
use tokio_util::task::TaskTracker;

use super::heartbeat::Heartbeat;
use crate::{
    realtime::hub::Hub,
    service::{Service, error::Error},
    transport::{
        admission::{AuthenticatedSlot, Slot},
        origin::AllowedOrigins,
    },
};

/// What all connections share.
#[derive(Clone)]
pub struct Connections {
    /// The use cases.
    pub service: Service,
    /// Where connections are registered.
    pub hub: Arc<Hub>,
    /// Pings them.
    pub heartbeat: Arc<Heartbeat>,
    /// The pages that may connect.
    pub origins: Arc<AllowedOrigins>,
    /// Counts the tasks: a graceful shutdown does not wait for upgraded sockets by itself.
    pub tasks: TaskTracker,
}

impl FromRef<Connections> for Service {
    fn from_ref(connections: &Connections) -> Self {
        connections.service.clone()
    }
}

/// A place among the authenticated sockets; none where the router is served without [`crate::transport::listener`].
///
/// # Errors
/// `too_many_connections`.
pub(super) fn authenticate(slot: Option<&Slot>) -> Result<Option<AuthenticatedSlot>, Error> {
    slot.map(|slot| slot.authenticate().ok_or(ErrorCode::TooManyConnections.into())).transpose()
}
