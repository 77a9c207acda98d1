//! Admission control: how many connections may be open at once, and which of them give way at the limit.
//!
//! Every accepted connection holds a [`Slot`] until it ends, or until somebody has authenticated over its WebSocket:
//! then it holds an [`AuthenticatedSlot`], which never gives way. Nothing here is on the path of a message.

mod progress;

use std::{
    cmp::Reverse,
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::process::{Resource, getrlimit};
use tokio::{sync::Notify, time::timeout};

use self::progress::Progress;
pub use self::progress::UNREAD_TIME;
use super::throttle::Throttle;

/// File descriptors that are left for the store, the log and the runtime. The store opens some 20.
const RESERVED_FILES: usize = 64;

/// The most connections without a session, however many files may be open: it bounds the memory for their buffers.
const MAX_UNAUTHENTICATED: usize = 32 * 1024;

/// The most places that authenticated WebSockets leave to other connections.
const MAX_ROOM: usize = 256;

/// The share of the connections that gives way at once when the limit is reached, so that a flood does not cause a
/// search for each of its connections.
const EVICTED_SHARE: usize = 64;

/// How long to wait until connections that were all busy are looked at again.
const RECHECK: Duration = Duration::from_millis(50);

/// How many connections of which kind may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// All together.
    pub open: usize,
    /// Those that are no authenticated WebSockets.
    pub unauthenticated: usize,
    /// WebSockets over which somebody has authenticated.
    pub authenticated: usize,
}

impl ConnectionLimits {
    /// The limits that follow from how many files the process may open (`ulimit -n`).
    pub fn from_open_files() -> Self {
        let files = getrlimit(Resource::Nofile).current;
        Self::for_open_files(files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX))
    }

    fn for_open_files(files: usize) -> Self {
        let open = (files - RESERVED_FILES.min(files / 2)).max(2);
        let room = (open / 8).clamp(1, MAX_ROOM);
        Self { open, unauthenticated: open.min(MAX_UNAUTHENTICATED), authenticated: open - room }
    }
}

/// All connections of the server.
pub struct Admission {
    limits: ConnectionLimits,
    // A plain mutex: held for a few map operations, never while waiting.
    connections: Mutex<Connections>,
    /// Notified when a connection ends.
    left: Notify,
    log: Throttle,
}

#[derive(Default)]
struct Connections {
    next: u64,
    unauthenticated: HashMap<u64, Entry>,
    authenticated: usize,
    /// How many of `unauthenticated` were asked to end and have not ended yet.
    evicting: usize,
}

struct Entry {
    state: Arc<State>,
    evicted: bool,
}

/// What the search for connections to close looks at.
struct State {
    address: IpAddr,
    progress: Mutex<Progress>,
    /// Whether a request over it had a valid token.
    signed_in: AtomicBool,
    evict: Notify,
}

impl Admission {
    /// Nothing is connected yet.
    pub fn new(limits: ConnectionLimits) -> Arc<Self> {
        Arc::new(Self { limits, connections: Mutex::default(), left: Notify::new(), log: Throttle::new() })
    }

    /// Gives a new connection its place. At the limit, connections that wait for their clients give way first; where all
    /// are being answered, this waits until one ends.
    pub async fn admit(self: &Arc<Self>, address: IpAddr) -> Slot {
        loop {
            if let Some(slot) = self.try_admit(address) {
                return slot;
            }
            let _ = timeout(RECHECK, self.left.notified()).await;
        }
    }

    fn try_admit(self: &Arc<Self>, address: IpAddr) -> Option<Slot> {
        let mut connections = self.connections();
        let unauthenticated = connections.unauthenticated.len();
        if unauthenticated >= self.limits.unauthenticated
            || unauthenticated + connections.authenticated >= self.limits.open
        {
            if connections.evicting == 0 {
                connections.evict((self.limits.open / EVICTED_SHARE).clamp(1, MAX_ROOM));
                self.log_full();
            }
            return None;
        }
        let id = connections.next;
        connections.next += 1;
        let state = Arc::new(State {
            address: network(address),
            progress: Mutex::new(Progress::new(Instant::now())),
            signed_in: AtomicBool::new(false),
            evict: Notify::new(),
        });
        connections.unauthenticated.insert(id, Entry { state: Arc::clone(&state), evicted: false });
        Some(Slot { admission: Arc::clone(self), id, state })
    }

    fn log_full(&self) {
        if self.log.allow() {
            tracing::warn!(
                limit = self.limits.open,
                "the limit on connections is reached: closing those that have waited longest for a client without a \
                 session; `ulimit -n` sets how many files may be open"
            );
        }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    /// Asks connections to end: without a session before signed in; of each address the newest last, so that an
    /// address with many loses its own before another loses any; then those that have waited longest.
    fn evict(&mut self, count: usize) {
        let mut waiting: Vec<_> = self.unauthenticated.iter().filter_map(Candidate::new).collect();
        waiting.sort_unstable_by_key(|candidate| Reverse(candidate.since));
        let mut seen = HashMap::<(bool, IpAddr), usize>::new();
        for candidate in &mut waiting {
            let newer = seen.entry((candidate.signed_in, candidate.address)).or_default();
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
            }
        }
    }

    /// Forgets a connection; whether it was there.
    fn remove(&mut self, id: u64) -> bool {
        let Some(entry) = self.unauthenticated.remove(&id) else { return false };
        self.evicting -= usize::from(entry.evicted);
        true
    }
}

/// A connection that the server waits for.
struct Candidate {
    id: u64,
    address: IpAddr,
    signed_in: bool,
    since: Instant,
    /// How many connections of its address have waited for less long.
    newer: usize,
}

impl Candidate {
    fn new((id, entry): (&u64, &Entry)) -> Option<Self> {
        let state = &entry.state;
        let since = state.progress().waiting_since().filter(|_| !entry.evicted)?;
        let signed_in = state.signed_in.load(Ordering::Relaxed);
        Some(Self { id: *id, address: state.address, signed_in, since, newer: 0 })
    }
}

impl State {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a connection over which nobody has authenticated a WebSocket. Dropped, it is free.
pub struct Slot {
    admission: Arc<Admission>,
    id: u64,
    state: Arc<State>,
}

impl Slot {
    /// Resolves when the connection has to give way.
    pub async fn evicted(&self) {
        self.state.evict.notified().await;
    }

    /// Takes note of a request with a valid token: its connection gives way after those without a session.
    pub fn mark_signed_in(&self) {
        self.state.signed_in.store(true, Ordering::Relaxed);
    }

    /// Turns this into the place of an authenticated WebSocket; none where all of those are taken.
    pub fn authenticate(&self) -> Option<AuthenticatedSlot> {
        let mut connections = self.admission.connections();
        if connections.authenticated >= self.admission.limits.authenticated || !connections.remove(self.id) {
            return None;
        }
        connections.authenticated += 1;
        Some(AuthenticatedSlot(Arc::clone(&self.admission)))
    }

    /// Something was read from the client.
    pub fn bytes_read(&self) {
        self.state.progress().bytes_read(Instant::now());
    }

    /// The client's system took some bytes of an answer.
    pub fn bytes_sent(&self, count: usize) {
        self.state.progress().bytes_sent(count);
    }

    /// The head of a request is complete. Answers when its first byte came.
    pub fn request_begun(&self) -> Instant {
        self.state.progress().request_begun(Instant::now())
    }

    /// The server has something to do before the client has.
    pub fn working(&self) {
        self.state.progress().working();
    }

    /// More of a request has to come, which began then.
    pub fn receiving(&self, since: Instant) {
        self.state.progress().receiving(since);
    }

    /// The answer is on its way.
    pub fn answering(&self) {
        self.state.progress().answering(Instant::now());
    }

    /// Whether the server waits for the client.
    pub fn is_waiting(&self) -> bool {
        self.state.progress().waiting_since().is_some()
    }

    /// Whether the client reads an answer more slowly than it may.
    pub fn is_overdue(&self) -> bool {
        self.state.progress().is_overdue(Instant::now())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.admission.connections().remove(self.id) {
            self.admission.left.notify_one();
        }
    }
}

/// The place of a WebSocket over which somebody has authenticated. Dropped, it is free.
pub struct AuthenticatedSlot(Arc<Admission>);

impl Drop for AuthenticatedSlot {
    fn drop(&mut self) {
        self.0.connections().authenticated -= 1;
        self.0.left.notify_one();
    }
}

/// Whose address it is, as far as one can tell: of IPv6 a customer has a /64 at least.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests;
