//! Read positions, of conversations and of threads, that moved while the bus lost messages. A lost event leaves a gap that the
//! next one shows; a lost position leaves nothing, and holds until the next one moves. So they are read from storage when the
//! heartbeats of a node begin to be missing, since one that died has not published all that it committed, when they are back, and
//! when messages got lost.

use confab_shared::protocol::ServerFrame;
use tokio::time::timeout;

use crate::{
    domain::{
        audience::Audience,
        cluster::{BEAT_INTERVAL, CommitMarker},
    },
    service::{Service, node::Cluster},
    storage::{StorageError, shared::MovedPosition},
    websocket::frame::Frame,
};

/// The positions that clients of this node may not know.
#[derive(Default)]
pub(super) struct MissedPositions {
    /// Those that moved since; none where no message got lost.
    since: Option<CommitMarker>,
    is_due: bool,
}

impl MissedPositions {
    /// Messages got lost after a position in the commits: the read positions that moved since then are to be read.
    pub(super) fn note(&mut self, since: CommitMarker) {
        self.since.get_or_insert(since);
        self.is_due = true;
    }
}

impl Service {
    /// Signals the positions that clients of this node may not know, where it is time to. While not all nodes are reachable, more
    /// will be missed.
    pub(super) async fn signal_missed_positions(
        &self,
        cluster: &Cluster,
        missed: &mut MissedPositions,
        reachable: bool,
    ) {
        let (true, Some(since), Ok(shared)) = (missed.is_due, missed.since, self.shared()) else { return };
        let read = async {
            let moved = shared.moved_positions(cluster.node(), since).await?;
            Ok::<_, StorageError>((moved, shared.moved_in_threads(cluster.node(), since).await?))
        };
        match timeout(BEAT_INTERVAL, read).await {
            Ok(Ok((moved, in_threads))) => {
                missed.is_due = false;
                if reachable {
                    missed.since = None;
                }
                for MovedPosition { to, signal } in moved {
                    let frame = Frame::json(&ServerFrame::Read(signal));
                    cluster.bus.hub().signal(&Audience::of([to]), frame);
                }
                // Of a thread that somebody follows no more there is no position to send: their clients fetch all.
                if !in_threads.is_empty() {
                    cluster.bus.hub().signal(&Audience::of(in_threads), Frame::json(&ServerFrame::Lagged));
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "failed to read the read positions that moved"),
            Err(_) => tracing::warn!("timed out reading the read positions that moved"),
        }
    }
}
