//! Tells of events, in the order of their commits.

use std::sync::Arc;

use confab_shared::ids::ConversationId;
use tokio::sync::mpsc;

use crate::{
    bus::Bus,
    id_map::IdMap,
    published::Published,
    store::{Audience, Committed},
};

/// How many batches of events may wait to be told before the writer waits.
pub const QUEUE: usize = 16;

/// Events of one conversation that have one audience.
struct Run {
    audience: Audience,
    events: Vec<Arc<Published>>,
}

/// Publishes what the store's writer hands over, until the writer is gone.
pub async fn publish(mut committed: mpsc::Receiver<Vec<Committed>>, bus: Arc<dyn Bus>) {
    let mut batches = Vec::new();
    while committed.recv_many(&mut batches, QUEUE).await > 0 {
        for run in runs(batches.drain(..).flatten()) {
            bus.events(&run.audience, run.events).await;
        }
    }
}

/// What there is to tell is told together: each reader is written to once per conversation. Order matters only
/// within a conversation, and there it is kept.
fn runs(batch: impl Iterator<Item = Committed>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut newest: IdMap<ConversationId, usize> = IdMap::default();
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
