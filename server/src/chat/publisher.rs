//! Tells of events, in the order of their commits.

use std::{collections::HashMap, sync::Arc};

use confab_shared::ids::ConversationId;
use tokio::sync::mpsc;

use crate::{
    bus::Bus,
    published::Published,
    store::{Audience, Committed},
};

/// How many batches of events may wait to be told before the writer waits.
pub const QUEUE: usize = 64;

/// Events of one conversation that have one audience.
struct Run {
    audience: Audience,
    events: Vec<Arc<Published>>,
}

/// Publishes what the store's writer hands over, until the writer is gone.
pub async fn publish(mut committed: mpsc::Receiver<Vec<Committed>>, bus: Arc<dyn Bus>) {
    while let Some(batch) = committed.recv().await {
        for run in runs(batch) {
            bus.events(&run.audience, run.events).await;
        }
    }
}

/// What is committed together is told together: each reader is written to once per conversation. Order matters only
/// within a conversation, and there it is kept.
fn runs(batch: Vec<Committed>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut newest: HashMap<ConversationId, usize> = HashMap::new();
    for committed in batch {
        let id = committed.stored.event.conversation;
        let run = newest.get(&id).map(|index| &mut runs[*index]);
        match run.filter(|run| run.audience.is_same(&committed.audience)) {
            Some(run) => run.events.push(Arc::new(Published::new(committed))),
            None => {
                newest.insert(id, runs.len());
                let audience = committed.audience.clone();
                runs.push(Run { audience, events: vec![Arc::new(Published::new(committed))] });
            }
        }
    }
    runs
}
