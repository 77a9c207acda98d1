//! A connection's queue of what it is about to be told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

use crate::published::Published;

/// How many items a connection may be behind.
const MAX_ITEMS: usize = 1_024;

/// How many bytes a connection may be behind. The bytes are shared between connections; the bound is for the case
/// that one lags alone.
const MAX_BYTES: usize = 1024 * 1024;

/// Something to tell a connection.
#[derive(Clone)]
pub enum Item {
    /// An event, written in the dialect that the connection speaks.
    Event(Arc<Published>),
    /// A signal in the native dialect; the demo's has none.
    Signal(Utf8Bytes),
}

impl Item {
    fn bytes(&self) -> usize {
        match self {
            Self::Event(published) => {
                let legacy = published.committed.stored.legacy.as_ref().map_or(0, |frame| frame.len());
                published.native.len() + legacy
            }
            Self::Signal(text) => text.len(),
        }
    }
}

/// What a connection finds in its queue.
pub enum Taken {
    /// What was queued, in order.
    Items(Vec<Item>),
    /// The queue was full and has been dropped: the connection has to start from the store again.
    Lagged,
    /// The session is over.
    Closed,
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    bytes: usize,
    lagged: bool,
    closed: bool,
}

/// A bounded queue with one reader. When it is full, it is dropped whole, and the reader is told.
#[derive(Default)]
pub struct Outbox {
    // A plain mutex: held for a push or a swap, never while waiting.
    queue: Mutex<Queue>,
    ready: Notify,
}

impl Outbox {
    /// Queues an item. Never waits; a reader that has lagged gets nothing until it has been told.
    pub fn push(&self, item: Item) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.lagged || queue.closed {
            return;
        }
        queue.bytes += item.bytes();
        if queue.items.len() >= MAX_ITEMS || queue.bytes > MAX_BYTES {
            *queue = Queue { lagged: true, ..Queue::default() };
        } else {
            queue.items.push_back(item);
        }
        drop(queue);
        self.ready.notify_one();
    }

    /// Tells the reader that its session is over.
    pub fn close(&self) {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.ready.notify_one();
    }

    /// Waits for something, and takes all of it. Nothing is lost where the wait is given up.
    pub async fn take(&self) -> Taken {
        loop {
            if let Some(taken) = self.try_take() {
                return taken;
            }
            self.ready.notified().await;
        }
    }

    fn try_take(&self) -> Option<Taken> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.closed {
            Some(Taken::Closed)
        } else if queue.lagged {
            *queue = Queue::default();
            Some(Taken::Lagged)
        } else if queue.items.is_empty() {
            None
        } else {
            queue.bytes = 0;
            Some(Taken::Items(std::mem::take(&mut queue.items).into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal() -> Item {
        Item::Signal(Utf8Bytes::from_static("{}"))
    }

    #[tokio::test]
    async fn a_full_queue_is_dropped_and_the_reader_told_once() {
        let outbox = Outbox::default();
        for _ in 0..=MAX_ITEMS {
            outbox.push(signal());
        }
        outbox.push(signal());
        assert!(matches!(outbox.take().await, Taken::Lagged));
        outbox.push(signal());
        assert!(matches!(outbox.take().await, Taken::Items(items) if items.len() == 1));
    }

    #[tokio::test]
    async fn bytes_are_bounded_too() {
        let outbox = Outbox::default();
        let big = Item::Signal("x".repeat(MAX_BYTES / 2 + 1).into());
        outbox.push(big.clone());
        outbox.push(big);
        assert!(matches!(outbox.take().await, Taken::Lagged));
    }
}
