//! Events that the hub delivered to a connection of the demo's dialect. The connection's own task writes their frames,
//! since it alone knows which events the peer got.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    metrics::METRICS,
    realtime::{
        hub::{Item, MAX_PENDING_BYTES, MAX_PENDING_ITEMS, Subscriber},
        published::PublishedEvent,
    },
    transport::ws::handle::ConnectionHandle,
};

/// The content of the queue.
pub(super) enum Pending {
    /// The events, in order.
    Events(Vec<Arc<PublishedEvent>>),
    /// The queue was full and its events were dropped: the connection has to catch up from storage.
    Lagged,
}

#[derive(Default)]
struct Queue {
    events: Vec<Arc<PublishedEvent>>,
    bytes: usize,
    lagged: bool,
}

/// A bounded queue with one reader. A full queue is dropped whole, and the reader gets [`Pending::Lagged`].
pub(super) struct PendingEvents {
    handle: Arc<ConnectionHandle>,
    // A std mutex: it is locked for a push or a swap, never across an await.
    queue: Mutex<Queue>,
    /// An atomic beside the queue: the task reads it at every wakeup.
    empty: AtomicBool,
}

impl PendingEvents {
    pub(super) fn new(handle: Arc<ConnectionHandle>) -> Self {
        Self { handle, queue: Mutex::default(), empty: AtomicBool::new(true) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.empty.load(Ordering::Acquire)
    }

    /// Takes all events.
    pub(super) fn take(&self) -> Pending {
        let mut queue = self.queue();
        self.empty.store(true, Ordering::Release);
        let Queue { events, lagged, .. } = std::mem::take(&mut *queue);
        if lagged { Pending::Lagged } else { Pending::Events(events) }
    }

    /// Wakes the connection's task, whether or not there are events.
    pub(super) fn wake(&self) {
        self.empty.store(false, Ordering::Release);
        self.handle.wake();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber for PendingEvents {
    fn deliver(&self, items: &[Item]) {
        // The dialect has no signals.
        let events =
            items.iter().filter_map(|item| if let Item::Event(event) = item { Some(event) } else { None });
        let mut queue = self.queue();
        let before = queue.events.len();
        for event in events {
            if queue.lagged {
                return;
            }
            queue.bytes += event.bytes();
            queue.events.push(Arc::clone(event));
            if queue.events.len() > MAX_PENDING_ITEMS || queue.bytes > MAX_PENDING_BYTES {
                METRICS.lagged.inc();
                *queue = Queue { lagged: true, ..Queue::default() };
            }
        }
        if queue.lagged || queue.events.len() > before {
            self.empty.store(false, Ordering::Release);
            drop(queue);
            self.handle.wake();
        }
    }

    fn end(&self) {
        Subscriber::end(&*self.handle);
    }
}
