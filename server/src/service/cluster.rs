//! A node of a cluster: it sends heartbeats, detects nodes that died, and reads from storage what the bus loses.
//!
//! Storage, which the nodes share, has the connected users of each node, so presence does not depend on the bus, and a node's
//! share of it grows only with its own users. While a node does not receive the heartbeats of all others, it reads from storage
//! every [`POLL_INTERVAL`] which conversations changed and which sessions ended, and notifies its clients (`slow`).

mod beats;
mod positions;
mod presence;
mod repairs;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use confab_shared::{error::ErrorCode, protocol::ServerFrame};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Service, error::Error, node::Cluster};
use crate::{
    domain::{cluster::DEAD_AFTER, limits::Usage},
    realtime::bus::nats::repair::Repair,
    storage::shared::SharedStorage,
    websocket::frame::Frame,
};

/// How often storage is polled while heartbeats of other nodes are missing: events are delivered within 5 s.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// The storage that nodes share; with a storage of one server, there is no cluster.
struct NotShared;

impl From<NotShared> for Error {
    fn from(_: NotShared) -> Self {
        ErrorCode::Internal.into()
    }
}

impl Service {
    /// The same use cases, as those of a node of a cluster. Limits are shared with the other nodes.
    #[must_use]
    pub fn with_cluster(self, cluster: Cluster) -> Self {
        let bus = Arc::clone(&cluster.bus);
        self.limits().share(move |usage| bus.usage(usage));
        // Set once, before the service is used.
        let _ = self.0.cluster.set(cluster);
        self
    }

    pub(super) fn cluster(&self) -> Option<&Cluster> {
        self.0.cluster.get()
    }

    /// What other nodes know of this one; none on a single server.
    fn shared(&self) -> Result<&dyn SharedStorage, NotShared> {
        self.storage().shared().ok_or(NotShared)
    }

    /// Whether people of this node may learn of events with a delay.
    pub fn is_slow(&self) -> bool {
        self.cluster().is_some_and(|cluster| cluster.slow.load(Ordering::Relaxed))
    }

    /// Joins the cluster: from then on the other nodes know of this one. Nothing on a single server.
    ///
    /// # Errors
    /// Storage's.
    pub async fn join_cluster(
        &self,
        repairs: mpsc::UnboundedReceiver<Repair>,
        usages: mpsc::Receiver<Usage>,
        stop: CancellationToken,
    ) -> Result<(), Error> {
        let Some(cluster) = self.cluster() else { return Ok(()) };
        let first = self.shared()?.beat(cluster.node(), DEAD_AFTER).await?;
        cluster.bus.beat();
        tokio::spawn(self.clone().repair(repairs));
        tokio::spawn(count_usages(self.clone(), usages));
        tokio::spawn(self.clone().run_beats(first, stop));
        Ok(())
    }

    /// Leaves the cluster, once the connections have ended.
    pub async fn leave_cluster(&self) {
        let Some(cluster) = self.cluster() else { return };
        cluster.bus.leave().await;
        if let Ok(shared) = self.shared()
            && let Err(error) = shared.leave(cluster.node()).await
        {
            tracing::warn!(%error, "failed to leave the cluster: the other nodes will notice the silence");
        }
    }

    fn set_slow(&self, cluster: &Cluster, slow: bool) {
        if cluster.slow.swap(slow, Ordering::Relaxed) != slow {
            match slow {
                true => tracing::warn!("no heartbeats from other nodes: polling storage for their events"),
                false => tracing::info!("receiving heartbeats from all other nodes"),
            }
            cluster.bus.signal_here(Frame::json(&ServerFrame::Slow { slow }));
        }
    }
}

/// Counts what clients used of limits on other nodes.
async fn count_usages(service: Service, mut usages: mpsc::Receiver<Usage>) {
    while let Some(usage) = usages.recv().await {
        service.limits().count(&usage);
    }
}
