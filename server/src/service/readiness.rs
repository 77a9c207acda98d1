//! Whether the server can serve: what a load balancer and a supervisor ask for.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::fs::statvfs;
use serde::Serialize;
use tokio::{sync::Mutex, time::timeout};

use crate::{
    metrics::{METRICS, gauge},
    realtime::bus::Bus,
    storage::Storage,
};

/// How long an answer holds: anybody may ask, and asking writes.
const CACHED_FOR: Duration = Duration::from_secs(1);

/// How long storage may take.
const STORAGE_TIMEOUT: Duration = Duration::from_secs(5);

/// A part that has to work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Storage writes.
    Storage,
    /// The data folder's disk has room.
    Disk,
    /// The bus reaches the other nodes.
    Bus,
    /// The server does not stop.
    Running,
}

/// Which parts fail; the server is ready where none does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether none fails.
    pub ready: bool,
    /// Those that fail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failing: Vec<Part>,
}

/// Finds out whether the server is ready.
pub struct ReadinessProbe {
    storage: Arc<dyn Storage>,
    bus: Arc<dyn Bus>,
    folder: PathBuf,
    min_free_bytes: u64,
    stopping: AtomicBool,
    /// The last result of storage. Requests during a check wait for its result.
    stored: Mutex<Option<(Instant, bool)>>,
}

impl ReadinessProbe {
    /// The probe of a server whose data folder's disk is to have some bytes of room.
    pub fn new(storage: Arc<dyn Storage>, bus: Arc<dyn Bus>, folder: PathBuf, min_free_bytes: u64) -> Self {
        let (stopping, stored) = (AtomicBool::new(false), Mutex::default());
        Self { storage, bus, folder, min_free_bytes, stopping, stored }
    }

    /// The server is about to stop: a load balancer should send no new connections.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether the server is about to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Asks all parts.
    pub async fn readiness(&self) -> Readiness {
        let parts = [
            (Part::Storage, self.storage_writes().await),
            (Part::Disk, self.free_bytes().is_some_and(|free| free >= self.min_free_bytes)),
            (Part::Bus, self.bus.is_ready()),
            (Part::Running, !self.is_stopping()),
        ];
        let failing: Vec<_> =
            parts.into_iter().filter_map(|(part, works)| (!works).then_some(part)).collect();
        // Without the bus a node is slow, but serves: a failure of the bus must not take out all nodes.
        let ready = failing.iter().all(|part| *part == Part::Bus);
        Readiness { ready, failing }
    }

    /// How much room the data folder's disk has for the server's user, which the metrics have from then on, too; none where
    /// the system does not say.
    pub fn free_bytes(&self) -> Option<u64> {
        let disk = statvfs(&self.folder).ok()?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        METRICS.disk_free_bytes.set(gauge(free));
        Some(free)
    }

    async fn storage_writes(&self) -> bool {
        let mut stored = self.stored.lock().await;
        if let Some((at, writes)) = *stored
            && at.elapsed() < CACHED_FOR
        {
            return writes;
        }
        let writes = matches!(timeout(STORAGE_TIMEOUT, self.storage.probe()).await, Ok(Ok(())));
        *stored = Some((Instant::now(), writes));
        writes
    }
}
