//! Tells of what was committed, in the order of the commits.

use std::sync::Arc;

use confab_shared::{id::ConversationId, protocol::ServerFrame};
use tokio::sync::mpsc;

use crate::{
    bus::Bus,
    frame::Frame,
    id_map::IdMap,
    published::Published,
    store::{Audience, MovedCursor, News},
};

/// How many batches of news may wait to be told before the writer waits.
pub const QUEUE: usize = 16;

/// What is told in one go.
enum Telling {
    /// Events of one conversation that have one audience.
    Run(Audience, Vec<Arc<Published>>),
    /// A cursor.
    Cursor(MovedCursor),
}

/// Publishes what the store's writer hands over, until the writer is gone.
pub async fn publish(mut committed: mpsc::Receiver<Vec<News>>, bus: Arc<dyn Bus>) {
    let mut batches = Vec::new();
    while committed.recv_many(&mut batches, QUEUE).await > 0 {
        for telling in tellings(batches.drain(..).flatten()) {
            match telling {
                Telling::Run(audience, events) => bus.events(&audience, events).await,
                Telling::Cursor(MovedCursor { signal, audience }) => {
                    let audience = audience.unwrap_or_else(|| Audience::Users([signal.user].into()));
                    bus.signal(audience, Frame::native(&ServerFrame::Read(signal)));
                }
            }
        }
    }
}

/// What there is to tell is told together: each reader is written to once per conversation. Order matters only
/// within a conversation, and there it is kept.
fn tellings(batch: impl Iterator<Item = News>) -> Vec<Telling> {
    let mut tellings: Vec<Telling> = Vec::new();
    let mut newest: IdMap<ConversationId, usize> = IdMap::default();
    for news in batch {
        let committed = match news {
            News::Event(committed) => committed,
            News::Cursor(moved) => {
                newest.remove(&moved.signal.conversation);
                tellings.push(Telling::Cursor(moved));
                continue;
            }
        };
        let id = committed.stored.event.conversation;
        match newest.get(&id).map(|index| &mut tellings[*index]) {
            Some(Telling::Run(audience, events)) if audience.is_same(&committed.audience) => {
                events.push(Arc::new(Published::new(committed)));
            }
            _ => {
                newest.insert(id, tellings.len());
                let audience = committed.audience.clone();
                tellings.push(Telling::Run(audience, vec![Arc::new(Published::new(committed))]));
            }
        }
    }
    tellings
}
