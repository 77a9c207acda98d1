//! What the hub leaves for a connection of the demo's dialect. Its frames are written by the connection's own task,
//! which knows what the peer has been told.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    hub::{Item, MAX_BEHIND, MAX_BYTES_BEHIND, Recipient},
    published::Published,
    ws::link::Link,
};

/// What a connection finds.
pub(super) enum Mail {
    /// The events that were left, in order.
    Events(Vec<Arc<Published>>),
    /// There was too much of it, and it has been dropped: the connection has to start from the store again.
    Lagged,
}

#[derive(Default)]
struct Left {
    events: Vec<Arc<Published>>,
    bytes: usize,
    lagged: bool,
}

/// A bounded queue with one reader. When it is full, it is dropped whole, and the reader is told.
pub(super) struct Mailbox {
    link: Arc<Link>,
    // A plain mutex: held for a push or a swap, never while waiting.
    left: Mutex<Left>,
    /// Looked at whenever the task is woken, by whatever.
    empty: AtomicBool,
}

impl Mailbox {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link, left: Mutex::default(), empty: AtomicBool::new(true) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.empty.load(Ordering::Acquire)
    }

    /// Takes all that was left.
    pub(super) fn take(&self) -> Mail {
        let mut left = self.left();
        self.empty.store(true, Ordering::Release);
        let Left { events, lagged, .. } = std::mem::take(&mut *left);
        if lagged { Mail::Lagged } else { Mail::Events(events) }
    }

    /// Has the connection look, whether or not anything was left.
    pub(super) fn look(&self) {
        self.empty.store(false, Ordering::Release);
        self.link.wake();
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recipient for Mailbox {
    fn tell(&self, items: &[Item]) {
        // Signals are not of this dialect.
        let events =
            items.iter().filter_map(|item| if let Item::Event(event) = item { Some(event) } else { None });
        let mut left = self.left();
        let before = left.events.len();
        for event in events {
            if left.lagged {
                return;
            }
            left.bytes += event.bytes();
            left.events.push(Arc::clone(event));
            if left.events.len() > MAX_BEHIND || left.bytes > MAX_BYTES_BEHIND {
                *left = Left { lagged: true, ..Left::default() };
            }
        }
        if left.lagged || left.events.len() > before {
            self.empty.store(false, Ordering::Release);
            drop(left);
            self.link.wake();
        }
    }

    fn end(&self) {
        Recipient::end(&*self.link);
    }
}
