//! The subjects that this node is subscribed to: each once, for as long as anything needs it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use async_nats::{Client, Message, SubscribeError};
use futures_util::StreamExt;
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
    time::{sleep, timeout},
};

/// How long a subscription is awaited that cannot be sent: while the bus is away it follows by itself.
const SENT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long to wait before another attempt to subscribe.
const RETRY: Duration = Duration::from_secs(1);

/// The subscriptions of this node.
pub(super) struct Subscriptions {
    client: Client,
    /// Where messages go. Where it is full, the client's own buffer of the subject fills up, and then drops.
    messages: mpsc::Sender<Message>,
    // A std mutex: it is locked for a lookup, never across an await.
    by_subject: Mutex<HashMap<String, Weak<Subscription>>>,
}

/// Dropped, the node is not subscribed any more, unless another one holds the same subject.
pub(super) struct Subscription {
    all: Weak<Subscriptions>,
    subject: String,
    sent: watch::Receiver<bool>,
    task: AbortHandle,
}

impl Subscriptions {
    pub(super) fn new(client: Client, messages: mpsc::Sender<Message>) -> Arc<Self> {
        Arc::new(Self { client, messages, by_subject: Mutex::default() })
    }

    /// Subscribes to a subject, where the node is not subscribed to it yet. Does not wait.
    pub(super) fn subscribe(self: &Arc<Self>, subject: String) -> Arc<Subscription> {
        let mut by_subject = self.by_subject();
        if let Some(found) = by_subject.get(&subject).and_then(Weak::upgrade) {
            return found;
        }
        let (note_sent, sent) = watch::channel(false);
        let (client, messages) = (self.client.clone(), self.messages.clone());
        let task = tokio::spawn(forward(client, subject.clone(), messages, note_sent)).abort_handle();
        let subscription = Arc::new(Subscription { all: Arc::downgrade(self), subject, sent, task });
        by_subject.insert(subscription.subject.clone(), Arc::downgrade(&subscription));
        subscription
    }

    #[cfg(test)]
    pub(super) fn subjects(&self) -> Vec<String> {
        let by_subject = self.by_subject();
        let held = by_subject.iter().filter(|(_, entry)| entry.strong_count() > 0);
        let mut subjects: Vec<_> = held.map(|(subject, _)| subject.clone()).collect();
        subjects.sort();
        subjects
    }

    fn by_subject(&self) -> MutexGuard<'_, HashMap<String, Weak<Subscription>>> {
        self.by_subject.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Waits until the subscription is on its way to the bus, at most [`SENT_TIMEOUT`].
    pub(super) async fn sent(&self) {
        let mut sent = self.sent.clone();
        let _ = timeout(SENT_TIMEOUT, sent.wait_for(|sent| *sent)).await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // The client unsubscribes when the task drops its subscriber.
        self.task.abort();
        if let Some(all) = self.all.upgrade() {
            let mut by_subject = all.by_subject();
            // Another one may have been made since the last reference to this one was dropped.
            if by_subject.get(&self.subject).is_some_and(|entry| entry.strong_count() == 0) {
                by_subject.remove(&self.subject);
            }
        }
    }
}

/// Subscribes, and forwards the messages.
async fn forward(
    client: Client,
    subject: String,
    messages: mpsc::Sender<Message>,
    note_sent: watch::Sender<bool>,
) {
    loop {
        match client.subscribe(subject.clone()).await {
            Ok(mut subscriber) => {
                note_sent.send_replace(true);
                while let Some(message) = subscriber.next().await {
                    if messages.send(message).await.is_err() {
                        return;
                    }
                }
                // The client has ended.
                return;
            }
            Err(error) => log_failure(&subject, &error),
        }
        sleep(RETRY).await;
    }
}

fn log_failure(subject: &str, error: &SubscribeError) {
    tracing::warn!(subject, %error, "failed to subscribe on the bus");
}
