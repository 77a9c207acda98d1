//! Admission control: how many connections may be open at once, and which of them are evicted at the limit.
//!
//! Every accepted connection has a [`Slot`] until it ends or a user authenticates over its WebSocket. Then it has an
//! [`AuthenticatedSlot`], which is never evicted. Nothing here is on the path of a message.

mod progress;

use std::{
    cmp::Reverse,
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::process::{Resource, getrlimit};
use tokio::{sync::Notify, time::timeout};

use self::progress::Progress;
pub use self::progress::STALLED_ANSWER_TIMEOUT;
use crate::{
    domain::{
        client_address::{ClientAddress, customer_network},
        limits::WEBSOCKETS,
    },
    metrics::{METRICS, OpenConnection, gauge},
    throttle::Throttle,
};

/// File descriptors that are reserved for storage, the log and the runtime. Storage opens some 20.
const RESERVED_FILES: usize = 64;

/// The maximum of connections that are no authenticated WebSockets, whatever the limit on open files: it bounds the
/// memory for their buffers.
const MAX_UNAUTHENTICATED: usize = 32 * 1024;

/// The maximum of slots that are reserved for connections other than authenticated WebSockets.
const MAX_RESERVED_SLOTS: usize = 256;

/// The maximum of connections that are evicted at once.
const MAX_EVICTED: usize = 256;

/// One in so many connections is evicted when the limit is reached, so that a flood does not cause a search for each of
/// its connections.
const EVICTED_FRACTION: usize = 64;

/// How long to wait before the next search, where no connection could be evicted.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// How many connections of each kind may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections of both kinds together.
    pub open: usize,
    /// Connections that are no authenticated WebSockets.
    pub unauthenticated: usize,
    /// Authenticated WebSockets.
    pub authenticated: usize,
    /// Authenticated WebSockets of one address that is not loopback's.
    pub per_network: usize,
}

impl ConnectionLimits {
    /// The limits that follow from how many files the process may open (`ulimit -n`).
    pub fn from_open_files() -> Self {
        let files = getrlimit(Resource::Nofile).current;
        Self::for_open_files(files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX))
    }

    fn for_open_files(files: usize) -> Self {
        let open = (files - RESERVED_FILES.min(files / 2)).max(2);
        let reserved = (open / 8).clamp(1, MAX_RESERVED_SLOTS);
        let authenticated = open - reserved;
        // A quarter is for others, however few files may be open.
        let per_network = WEBSOCKETS.remote.min((authenticated - authenticated / 4).max(1));
        Self { open, unauthenticated: open.min(MAX_UNAUTHENTICATED), authenticated, per_network }
    }
}

/// All connections of the server.
pub struct Admission {
    limits: ConnectionLimits,
    // A std mutex: it is locked for a few map operations, never across an await.
    connections: Mutex<Connections>,
    /// Notified when a slot becomes free.
    slot_freed: Notify,
    log: Throttle,
}

#[derive(Default)]
struct Connections {
    next_id: u64,
    unauthenticated: HashMap<u64, Waiting>,
    authenticated: usize,
    /// How many of those each network has that is not loopback.
    authenticated_of: HashMap<IpAddr, usize>,
    /// How many of `unauthenticated` are evicted and have not ended yet.
    evicting: usize,
}

struct Waiting {
    state: Arc<State>,
    evicted: bool,
    _open: OpenConnection,
}

/// The state of a connection that eviction depends on.
struct State {
    /// The network that the connection is counted under; none of a proxy's connection before its first request.
    network: Mutex<Option<IpAddr>>,
    progress: Mutex<Progress>,
    /// Whether a request of the connection had a valid token.
    signed_in: AtomicBool,
    evict: Notify,
}

impl Admission {
    /// Admission without connections.
    pub fn new(limits: ConnectionLimits) -> Arc<Self> {
        METRICS.connection_limit.set(gauge(limits.open));
        Arc::new(Self {
            limits,
            connections: Mutex::default(),
            slot_freed: Notify::new(),
            log: Throttle::new(),
        })
    }

    /// Waits for a slot. At the limit, connections that wait for their clients are evicted; where all are being
    /// answered, a slot becomes free once one ends. The address is none where a trusted proxy connects: its connections
    /// are those of its clients, which [`Slot::set_client`] names.
    pub async fn admit(self: &Arc<Self>, address: Option<IpAddr>) -> Slot {
        loop {
            if let Some(slot) = self.try_admit(address) {
                return slot;
            }
            let _ = timeout(RETRY_INTERVAL, self.slot_freed.notified()).await;
        }
    }

    fn try_admit(self: &Arc<Self>, address: Option<IpAddr>) -> Option<Slot> {
        let mut connections = self.connections();
        let unauthenticated = connections.unauthenticated.len();
        if unauthenticated >= self.limits.unauthenticated
            || unauthenticated + connections.authenticated >= self.limits.open
        {
            if connections.evicting == 0 {
                connections.evict((self.limits.open / EVICTED_FRACTION).clamp(1, MAX_EVICTED));
                self.log_full();
            }
            return None;
        }
        let id = connections.next_id;
        connections.next_id += 1;
        let state = Arc::new(State {
            network: Mutex::new(address.map(customer_network)),
            progress: Mutex::new(Progress::new(Instant::now())),
            signed_in: AtomicBool::new(false),
            evict: Notify::new(),
        });
        let open = OpenConnection::count(&METRICS.http_connections);
        connections
            .unauthenticated
            .insert(id, Waiting { state: Arc::clone(&state), evicted: false, _open: open });
        METRICS.accepted.inc();
        Some(Slot { admission: Arc::clone(self), id, state })
    }

    fn log_full(&self) {
        if let Some(suppressed) = self.log.pass() {
            tracing::warn!(
                target: "security",
                limit = self.limits.open,
                "connection limit reached: closing connections that wait for their clients, those without a session \
                 first; `ulimit -n` sets how many files may be open{suppressed}"
            );
        }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    /// Evicts connections: those without a session before signed-in ones; then those of the address with the most, so
    /// that no address loses a connection to another's flood; then those that have waited longest.
    fn evict(&mut self, count: usize) {
        let mut waiting: Vec<_> = self.unauthenticated.iter().filter_map(Candidate::new).collect();
        waiting.sort_unstable_by_key(|candidate| Reverse(candidate.since));
        let mut seen = HashMap::<(bool, IpAddr), usize>::new();
        for candidate in &mut waiting {
            let Some(network) = candidate.network else { continue };
            let newer = seen.entry((candidate.signed_in, network)).or_default();
            candidate.newer = *newer;
            *newer += 1;
        }
        waiting.sort_unstable_by_key(|candidate| {
            (candidate.signed_in, Reverse(candidate.newer), candidate.since)
        });
        for Candidate { id, .. } in waiting.into_iter().take(count) {
            if let Some(entry) = self.unauthenticated.get_mut(&id) {
                entry.evicted = true;
                entry.state.evict.notify_one();
                self.evicting += 1;
                METRICS.evicted.inc();
            }
        }
    }

    fn remove_authenticated(&mut self, network: Option<IpAddr>) {
        self.authenticated -= 1;
        if let Some(network) = network
            && let Entry::Occupied(mut count) = self.authenticated_of.entry(network)
        {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    /// Removes a connection. Returns whether it was there.
    fn remove(&mut self, id: u64) -> bool {
        let Some(entry) = self.unauthenticated.remove(&id) else { return false };
        self.evicting -= usize::from(entry.evicted);
        true
    }
}

/// A connection that waits for its client, and so may be evicted.
struct Candidate {
    id: u64,
    network: Option<IpAddr>,
    signed_in: bool,
    since: Instant,
    /// How many connections of the same network have waited for a shorter time.
    newer: usize,
}

impl Candidate {
    fn new((id, entry): (&u64, &Waiting)) -> Option<Self> {
        let state = &entry.state;
        let since = state.progress().waiting_since().filter(|_| !entry.evicted)?;
        let signed_in = state.signed_in.load(Ordering::Relaxed);
        Some(Self { id: *id, network: *state.network(), signed_in, since, newer: 0 })
    }
}

impl State {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn network(&self) -> MutexGuard<'_, Option<IpAddr>> {
        self.network.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot of a connection that is no authenticated WebSocket. Dropping it frees the slot.
pub struct Slot {
    admission: Arc<Admission>,
    id: u64,
    state: Arc<State>,
}

impl Slot {
    /// Resolves when the connection is evicted and has to end.
    pub async fn evicted(&self) {
        self.state.evict.notified().await;
    }

    /// Records for which client a trusted proxy uses the connection, from its next request on.
    pub fn set_client(&self, address: IpAddr) {
        *self.state.network() = Some(customer_network(address));
    }

    /// Records a request with a valid token: the connection is evicted after those without a session.
    pub fn mark_signed_in(&self) {
        self.state.signed_in.store(true, Ordering::Relaxed);
    }

    /// Exchanges the slot for one of an authenticated WebSocket of a client.
    ///
    /// # Errors
    /// Where all of those are taken, or the client's network has as many as one may have.
    pub fn authenticate(&self, client: &ClientAddress) -> Result<AuthenticatedSlot, NoSlot> {
        let limits = self.admission.limits;
        let network = (!client.is_loopback()).then(|| client.network());
        let mut connections = self.admission.connections();
        let of_network = network.and_then(|network| connections.authenticated_of.get(&network));
        if of_network.is_some_and(|count| *count >= limits.per_network) {
            return Err(NoSlot::OfNetwork);
        }
        if connections.authenticated >= limits.authenticated || !connections.remove(self.id) {
            return Err(NoSlot::OfServer);
        }
        connections.authenticated += 1;
        if let Some(network) = network {
            *connections.authenticated_of.entry(network).or_default() += 1;
        }
        Ok(AuthenticatedSlot { admission: Arc::clone(&self.admission), network })
    }

    /// Records that bytes were read from the client.
    pub fn bytes_read(&self) {
        self.state.progress().bytes_read(Instant::now());
    }

    /// Records that the kernel accepted bytes of an answer.
    pub fn bytes_sent(&self, count: usize) {
        self.state.progress().bytes_sent(count);
    }

    /// Records that the head of a request is complete. Returns when its first byte was read.
    pub fn request_began(&self) -> Instant {
        self.state.progress().request_began(Instant::now())
    }

    /// Records that the server is working, and does not wait for the client.
    pub fn working(&self) {
        self.state.progress().working();
    }

    /// Records that the rest of a request is awaited, whose first byte was read at `since`.
    pub fn receiving(&self, since: Instant) {
        self.state.progress().receiving(since);
    }

    /// Records that an answer is being sent.
    pub fn answering(&self) {
        self.state.progress().answering(Instant::now());
    }

    /// Whether the server waits for the client.
    pub fn is_waiting(&self) -> bool {
        self.state.progress().waiting_since().is_some()
    }

    /// Whether the client reads an answer too slowly.
    pub fn is_overdue(&self) -> bool {
        self.state.progress().is_overdue(Instant::now())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.admission.connections().remove(self.id) {
            self.admission.slot_freed.notify_one();
        }
    }
}

/// The slot of an authenticated WebSocket. Dropping it frees the slot.
pub struct AuthenticatedSlot {
    admission: Arc<Admission>,
    /// The network that it is counted under; none of loopback.
    network: Option<IpAddr>,
}

impl Drop for AuthenticatedSlot {
    fn drop(&mut self) {
        self.admission.connections().remove_authenticated(self.network);
        self.admission.slot_freed.notify_one();
    }
}

/// Why a WebSocket gets no slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSlot {
    /// All are taken.
    OfServer,
    /// The network of the client has as many as one may have.
    OfNetwork,
}

#[cfg(test)]
mod tests;
