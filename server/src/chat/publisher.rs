//! Tells of events, in the order of their commits.

use std::sync::Arc;

use confab_shared::protocol::{EventFrame, ServerFrame};
use tokio::sync::mpsc;

use super::encode;
use crate::{bus::Bus, published::Published, store::Committed};

/// How many batches of events may wait to be told before the writer waits.
pub const QUEUE: usize = 64;

/// Publishes what the store's writer hands over, until the writer is gone.
pub async fn publish(mut committed: mpsc::Receiver<Vec<Committed>>, bus: Arc<dyn Bus>) {
    while let Some(batch) = committed.recv().await {
        for committed in batch {
            let frame = EventFrame { event: committed.stored.event.clone(), users: committed.users.clone() };
            let native = encode(&ServerFrame::Event(frame));
            bus.event(Arc::new(Published { committed, native }));
        }
    }
}
