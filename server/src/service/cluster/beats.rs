//! The heartbeats of a node, and its polling of storage while it does not receive those of the others.

use std::{collections::VecDeque, time::Duration};

use confab_shared::{error::ErrorCode, id::UserId};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::{POLL_INTERVAL, positions::MissedPositions};
use crate::{
    domain::cluster::{BEAT_INTERVAL, CommitMarker, DEAD_AFTER, NodeId},
    realtime::bus::EndedConnections,
    service::{Service, node::Cluster},
    storage::shared::Beat,
};

/// How often a node publishes its heartbeat on the bus.
const TICK: Duration = Duration::from_secs(1);

/// How often it is looked whether those of others are missing: with their silence and the poll's own time, events of a node
/// that is cut off are delivered within 5 s.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// How far back storage is read once heartbeats are missing: longer than their absence can go unnoticed.
const LOOK_BACK: Duration = Duration::from_secs(15);

/// How often it is checked whether sessions have ended, also while all nodes are reachable: the command line may end them
/// where no server runs.
const SESSION_CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// How many sessions are checked in one query.
const SESSIONS_AT_ONCE: usize = 1_000;

/// How many users are read in one query.
const USERS_AT_ONCE: usize = 1_000;

/// What a node remembers between its ticks.
struct Beats {
    others: Vec<NodeId>,
    beat_at: Instant,
    polled_at: Option<Instant>,
    unreachable: Vec<NodeId>,
    unreachable_since: Option<Instant>,
    checked_at: Instant,
    missed_positions: MissedPositions,
    /// Positions in the commits of about the last [`LOOK_BACK`], the oldest first.
    markers: VecDeque<(Instant, CommitMarker)>,
}

impl Beats {
    fn note_marker(&mut self, marker: CommitMarker, now: Instant) {
        self.markers.push_back((now, marker));
        while self.markers.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= LOOK_BACK) {
            self.markers.pop_front();
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

impl Service {
    /// Sends the heartbeats of this node until the server stops.
    pub(super) async fn run_beats(self, first: Beat, stop: CancellationToken) {
        let Some(cluster) = self.cluster() else { return };
        let mut beats = Beats {
            others: first.others,
            beat_at: Instant::now(),
            polled_at: None,
            unreachable: Vec::new(),
            unreachable_since: None,
            checked_at: Instant::now(),
            missed_positions: MissedPositions::default(),
            markers: VecDeque::from([(Instant::now(), first.marker)]),
        };
        // A storage that does not answer must not delay the heartbeats on the bus.
        let on_bus = async {
            let mut ticks = every(TICK);
            loop {
                ticks.tick().await;
                cluster.bus.beat();
            }
        };
        let in_storage = async {
            let mut ticks = every(CHECK_INTERVAL);
            loop {
                ticks.tick().await;
                // Of a node that has just joined, storage knows: its death is not to go unnoticed.
                let is_new = cluster.bus.hears_other_than(&beats.others) && beats.beat_at.elapsed() >= TICK;
                if is_new || beats.beat_at.elapsed() >= BEAT_INTERVAL {
                    self.beat(cluster, &mut beats).await;
                }
                self.catch_up(cluster, &mut beats).await;
            }
        };
        tokio::select! {
            () = on_bus => {}
            () = in_storage => {}
            () = stop.cancelled() => {}
        }
    }

    /// Writes the heartbeat to storage, and signals as offline the users of nodes that died.
    async fn beat(&self, cluster: &Cluster, beats: &mut Beats) {
        let Ok(shared) = self.shared() else { return };
        let now = Instant::now();
        let beat = timeout(BEAT_INTERVAL, shared.beat(cluster.node(), DEAD_AFTER)).await;
        match beat {
            Ok(Ok(Beat { others, is_new, gone, marker })) => {
                beats.beat_at = now;
                beats.others = others;
                beats.note_marker(marker, now);
                if is_new {
                    tracing::warn!(
                        "other nodes considered this one dead: writing its connected users to storage again"
                    );
                    self.reconnect_all(cluster).await;
                    cluster.bus.note_missed();
                }
                for (user, at) in gone {
                    tokio::spawn(self.clone().signal_gone(user, at));
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "failed to write the heartbeat to storage"),
            Err(_) => tracing::warn!("timed out writing the heartbeat to storage"),
        }
    }

    /// Reads from storage what the bus may have lost: while heartbeats are missing, and once more when they are back.
    async fn catch_up(&self, cluster: &Cluster, beats: &mut Beats) {
        let unreachable = cluster.bus.unreachable(&beats.others);
        let reachable = unreachable.is_empty();
        let has_changed = std::mem::replace(&mut beats.unreachable, unreachable) != beats.unreachable;
        let missed = cluster.bus.take_missed();
        beats.unreachable_since = (!reachable).then(|| beats.unreachable_since.unwrap_or_else(Instant::now));
        // The first heartbeat of a node that has just joined may not have arrived yet.
        self.set_slow(cluster, beats.unreachable_since.is_some_and(|since| since.elapsed() > TICK));
        // A tick after the events were asked for that the positions are of.
        self.signal_missed_positions(cluster, &mut beats.missed_positions, reachable).await;
        let is_due = match beats.polled_at {
            _ if missed => true,
            Some(at) => reachable || at.elapsed() >= POLL_INTERVAL,
            None => !reachable,
        };
        if let Some((_, since)) = beats.markers.front().filter(|_| missed || has_changed) {
            beats.missed_positions.note(*since);
        }
        if is_due {
            let polled = self.poll(cluster, beats).await;
            beats.polled_at = (!reachable || !polled).then(Instant::now);
        }
        if is_due {
            self.renew_users(cluster).await;
        }
        if is_due || beats.checked_at.elapsed() >= SESSION_CHECK_INTERVAL {
            beats.checked_at = Instant::now();
            self.end_connections(cluster).await;
        }
    }

    /// Compares the conversations that changed with what was delivered. Answers whether storage could be read.
    async fn poll(&self, cluster: &Cluster, beats: &mut Beats) -> bool {
        let (Ok(shared), Some((_, since))) = (self.shared(), beats.markers.front().copied()) else {
            return true;
        };
        let now = Instant::now();
        match timeout(BEAT_INTERVAL, shared.changed_since(cluster.node(), since)).await {
            Ok(Ok(changes)) => {
                for changed in changes.conversations {
                    cluster.bus.compare(changed.id, changed.kind, changed.head_seq, changed.members);
                }
                beats.note_marker(changes.marker, now);
                return true;
            }
            Ok(Err(error)) => tracing::warn!(%error, "failed to read the changed conversations"),
            Err(_) => tracing::warn!("timed out reading the changed conversations"),
        }
        false
    }

    /// Has every connection act as its user is now: a change of a display name may have been lost.
    async fn renew_users(&self, cluster: &Cluster) {
        let Ok(shared) = self.shared() else { return };
        for part in self.0.connections.users().chunks(USERS_AT_ONCE) {
            match shared.users(part).await {
                Ok(users) => users.iter().for_each(|user| cluster.bus.hub().set_user(user)),
                Err(error) => return tracing::warn!(%error, "failed to read the connected users"),
            }
        }
    }

    /// Ends connections whose session has ended without this node having been notified.
    async fn end_connections(&self, cluster: &Cluster) {
        let Ok(shared) = self.shared() else { return };
        let connected = cluster.bus.hub().users_by_session();
        for part in connected.chunks(SESSIONS_AT_ONCE) {
            let tokens: Vec<_> = part.iter().filter_map(|(_, session)| *session).collect();
            let ended = match shared.ended_sessions(&tokens).await {
                Ok(ended) => ended,
                Err(error) => return tracing::warn!(%error, "failed to read which sessions have ended"),
            };
            for (user, session) in part {
                match session {
                    Some(session) if ended.binary_search(session).is_ok() => {
                        end_here(cluster, *user, EndedConnections::Session(*session));
                    }
                    // Of the demo's dialect: it ends with the account.
                    None if self.is_deactivated(*user).await => {
                        end_here(cluster, *user, EndedConnections::All);
                    }
                    _ => {}
                }
            }
        }
    }

    async fn is_deactivated(&self, user: UserId) -> bool {
        self.check_active(user).await.is_err_and(|error| error.code == ErrorCode::Deactivated)
    }
}

fn end_here(cluster: &Cluster, user: UserId, ended: EndedConnections) {
    cluster.bus.hub().end(user, |session| ended.contains(session));
}
