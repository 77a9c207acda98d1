//! Publishes without blocking the caller: a message that finds the queue full, or the bus disconnected, is dropped and counted.
//! The count is part of the heartbeat, after which other nodes read the missing events from storage.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_nats::{Client, connection::State};
use bytes::Bytes;
use tokio::{sync::mpsc, task::AbortHandle};

/// How many messages wait to be published.
const MAX_PENDING: usize = 8_192;

/// Takes messages to publish.
pub(super) struct Outbound {
    client: Client,
    queue: mpsc::Sender<(String, Bytes)>,
    losses: Arc<AtomicU64>,
    task: AbortHandle,
}

impl Outbound {
    /// Messages that are dropped are added to `losses`.
    pub(super) fn new(client: Client, losses: Arc<AtomicU64>) -> Self {
        let (queue, mut queued) = mpsc::channel::<(String, Bytes)>(MAX_PENDING);
        let (publisher, lost) = (client.clone(), Arc::clone(&losses));
        let publishing = async move {
            while let Some((subject, payload)) = queued.recv().await {
                if let Err(error) = publisher.publish(subject, payload).await {
                    tracing::debug!(%error, "failed to publish on the bus");
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let task = tokio::spawn(publishing).abort_handle();
        Self { client, queue, losses, task }
    }

    /// Publishes a message, or drops it.
    pub(super) fn publish(&self, subject: String, payload: Bytes) {
        if !self.is_connected() || self.queue.try_send((subject, payload)).is_err() {
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether there is a connection to the bus.
    pub(super) fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// How many messages were dropped, and how many connections to the bus were made: with each, some may have been lost.
    pub(super) fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.task.abort();
    }
}
