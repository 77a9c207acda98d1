//! The state that all WebSocket connections share.

use std::sync::Arc;

use axum::extract::FromRef;
use confab_shared::error::ErrorCode;
use tokio_util::task::TaskTracker;

use super::heartbeat::Heartbeat;
use crate::{
    domain::client_address::ClientAddress,
    realtime::hub::Hub,
    service::{Service, error::Error, readiness::ReadinessProbe},
    transport::{
        admission::{AuthenticatedSlot, NoSlot, Slot},
        origin::AllowedOrigins,
        security_log,
    },
};

/// The state that all connections share, and the router's.
#[derive(Clone)]
pub struct Connections {
    /// The use cases.
    pub service: Service,
    /// The registry of connections that deliveries go to.
    pub hub: Arc<Hub>,
    /// Pings the connections.
    pub heartbeat: Arc<Heartbeat>,
    /// The origins whose pages may connect.
    pub origins: Arc<AllowedOrigins>,
    /// Whether the demo's dialect is spoken to clients of any machine.
    pub legacy_dialect: bool,
    /// Finds out whether the server is ready.
    pub readiness: Arc<ReadinessProbe>,
    /// Tracks the connections' tasks: hyper's graceful shutdown does not wait for upgraded sockets.
    pub tasks: TaskTracker,
}

impl FromRef<Connections> for Service {
    fn from_ref(connections: &Connections) -> Self {
        connections.service.clone()
    }
}

impl FromRef<Connections> for Arc<ReadinessProbe> {
    fn from_ref(connections: &Connections) -> Self {
        Arc::clone(&connections.readiness)
    }
}

/// Moves a connection to the slots of authenticated sockets; none where the router is served without
/// [`crate::transport::listener`].
///
/// # Errors
/// `too_many_connections`.
pub(super) fn claim_authenticated_slot(
    slot: Option<&Slot>,
    from: &ClientAddress,
) -> Result<Option<AuthenticatedSlot>, Error> {
    let claimed = slot.map(|slot| slot.authenticate(from).map_err(refusal)).transpose();
    claimed.inspect_err(|error| security_log::log_refused_connection(error, from.ip))
}

fn refusal(no_slot: NoSlot) -> Error {
    match no_slot {
        NoSlot::OfServer => ErrorCode::TooManyConnections.into(),
        NoSlot::OfNetwork => Error::new(
            ErrorCode::TooManyConnections,
            "There are as many connections from your network as there may be. Close some tabs, and try again.",
        ),
    }
}
