//! Unsent commands: their storage, their delivery state, and which of them are discarded.

use confab_shared::{
    id::ClientId,
    state::{OutboxEntry, SendState, State},
};

/// Stores unsent commands beyond the life of the page. Synchronous: an entry is stored when the call returns.
pub(crate) trait OutboxStorage: Send + Sync {
    /// The entries that an earlier page, or another one that is open, stored.
    fn load(&self) -> Vec<OutboxEntry>;

    /// Stores an entry as it is now and answers whether that succeeded.
    fn save(&self, entry: &OutboxEntry) -> bool;

    /// Removes an entry.
    fn remove(&self, client_id: ClientId);
}

/// How far a command has come, without the reason of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Delivery {
    Pending,
    Sent,
    Failed,
}

impl From<&SendState> for Delivery {
    fn from(state: &SendState) -> Self {
        match state {
            SendState::Waiting | SendState::Pending => Self::Pending,
            SendState::Sent(_) => Self::Sent,
            SendState::Failed(..) => Self::Failed,
        }
    }
}

/// Discards refused changes of conversations that the user is no member of any more, and of messages that are deleted.
/// Refused messages stay: their text is the user's work.
pub(super) fn discard_pointless(state: &mut State) {
    let stranded = state.stranded().filter(|entry| entry.text().is_none());
    let too_late = state.outbox.unsent().filter(|entry| is_too_late(state, entry));
    let pointless: Vec<_> = stranded.chain(too_late).map(OutboxEntry::client_id).collect();
    pointless.into_iter().for_each(|client_id| state.outbox.discard(client_id));
}

/// Whether a refused change is to a message that is deleted by now.
fn is_too_late(state: &State, entry: &OutboxEntry) -> bool {
    let target = entry.command.target().filter(|_| matches!(entry.state, SendState::Failed(..)));
    let message = target.and_then(|target| state.quoted(entry.conversation(), target));
    message.is_some_and(|message| message.deleted.is_some())
}
