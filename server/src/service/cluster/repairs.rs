//! Reads events that the bus lost.

use confab_shared::event::EventBody;
use futures_util::{StreamExt, stream};
use smallvec::SmallVec;
use tokio::sync::mpsc;

use super::Service;
use crate::{
    domain::{
        audience::Audience,
        notification::{CommittedEvent, StoredEvent},
    },
    realtime::bus::nats::repair::{Repair, Repaired},
    service::node::Cluster,
    storage::{StorageError, shared::MissedEvents},
};

/// How many conversations are read at once.
const AT_ONCE: usize = 8;

/// How many missed events of a conversation are delivered; of more, the newest, and clients fetch those before.
const MAX_EVENTS: usize = 256;

impl Service {
    /// Answers what the bus asks for, until it is dropped.
    pub(super) async fn repair(self, mut repairs: mpsc::UnboundedReceiver<Repair>) {
        let Some(cluster) = self.cluster() else { return };
        let asked = stream::poll_fn(|cx| repairs.poll_recv(cx));
        asked.for_each_concurrent(AT_ONCE, |repair| self.answer(cluster, repair)).await;
    }

    async fn answer(&self, cluster: &Cluster, Repair { conversation, after }: Repair) {
        let Ok(shared) = self.shared() else { return };
        match shared.missed(conversation, after, MAX_EVENTS).await {
            Ok(Some(missed)) => cluster.bus.repaired(repaired(conversation, missed)),
            // Conversations are never deleted: it is not visible here yet.
            Ok(None) | Err(StorageError::Closed) => cluster.bus.repair_failed(conversation),
            Err(error) => {
                tracing::warn!(%error, "failed to read missed events");
                cluster.bus.repair_failed(conversation);
                // Where no event waits for them, only another comparison finds that they are missing.
                cluster.bus.note_missed();
            }
        }
    }
}

fn repaired(conversation: confab_shared::id::ConversationId, missed: MissedEvents) -> Repaired {
    let MissedEvents { kind, title, audience, events, users: all, head_seq } = missed;
    let committed = |stored: StoredEvent| {
        let named = stored.event.users();
        let users: SmallVec<_> = all.iter().filter(|user| named.contains(&user.id)).cloned().collect();
        let audience = match stored.event.body {
            EventBody::Left(_) => audience.with(&[stored.event.by]),
            _ => audience.clone(),
        };
        CommittedEvent { stored, users, audience, kind, title: title.clone() }
    };
    let events = events.into_iter().map(committed).collect();
    Repaired { conversation, kind, head_seq, audience: Audience::clone(&audience), events }
}
