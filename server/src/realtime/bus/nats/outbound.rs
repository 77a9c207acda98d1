//! Publishes without blocking the caller: a message that finds the queue full, or the bus disconnected, is dropped and counted.
//! The count is part of the heartbeat, after which other nodes read the missing events from storage.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_nats::{Client, connection::State};
use bytes::Bytes;
use tokio::{
    sync::{mpsc, oneshot},
    task::AbortHandle,
};

/// How many messages wait to be published.
const MAX_PENDING: usize = 8_192;

/// What is sent, in its order.
enum Outgoing {
    Message(String, Bytes),
    /// Answered once the server has everything before it.
    Barrier(oneshot::Sender<()>),
}

/// Takes messages to publish.
pub(super) struct Outbound {
    client: Client,
    queue: mpsc::Sender<Outgoing>,
    losses: Arc<AtomicU64>,
    task: AbortHandle,
}

impl Outbound {
    /// Publishes through a client; nobody is subscribed to the subject `nobody`. Messages that are dropped are added to `losses`.
    pub(super) fn new(client: Client, nobody: String, losses: Arc<AtomicU64>) -> Self {
        let (queue, mut queued) = mpsc::channel(MAX_PENDING);
        let (publisher, lost) = (client.clone(), Arc::clone(&losses));
        let publishing = async move {
            while let Some(outgoing) = queued.recv().await {
                match outgoing {
                    Outgoing::Message(subject, payload) => {
                        if let Err(error) = publisher.publish(subject, payload).await {
                            tracing::debug!(%error, "failed to publish on the bus");
                            lost.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    Outgoing::Barrier(passed) => {
                        tokio::spawn(pass(publisher.clone(), nobody.clone(), passed));
                    }
                }
            }
        };
        let task = tokio::spawn(publishing).abort_handle();
        Self { client, queue, losses, task }
    }

    /// Publishes a message, or drops it.
    pub(super) fn publish(&self, subject: String, payload: Bytes) {
        if !self.is_connected() || self.queue.try_send(Outgoing::Message(subject, payload)).is_err() {
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until the server has everything that was published before, and the subscriptions that were sent before hold.
    pub(super) async fn barrier(&self) {
        let (passed, passes) = oneshot::channel();
        if self.queue.send(Outgoing::Barrier(passed)).await.is_ok() {
            // Without an answer there is no connection any more.
            let _ = passes.await;
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

/// Asks where nobody answers: the server itself says so, after everything that it got before on this connection.
async fn pass(client: Client, nobody: String, passed: oneshot::Sender<()>) {
    let _ = client.request(nobody, Bytes::new()).await;
    // The one who waits may have given up.
    let _ = passed.send(());
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.task.abort();
    }
}
