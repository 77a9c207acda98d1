//! The outbox as views and storage see it.

use confab_shared::{
    id::ClientId,
    state::{OutboxChange, OutboxEntry, SendState, State},
};
use leptos::prelude::*;

use super::Chat;

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
            SendState::Pending => Self::Pending,
            SendState::Sent(_) => Self::Sent,
            SendState::Failed(..) => Self::Failed,
        }
    }
}

impl Chat {
    /// How many commands are unsent.
    pub(crate) fn unsent_count(self) -> usize {
        self.state.with(|state| state.outbox.unsent().count())
    }

    /// How many commands will be sent once connected.
    pub(crate) fn pending_count(self) -> usize {
        let pending = |entry: &&OutboxEntry| entry.state == SendState::Pending;
        self.state.with(|state| state.outbox.unsent().filter(pending).count())
    }

    /// Whether an unsent command would be lost with the page.
    pub(crate) fn has_unsaved(self) -> bool {
        self.page.with(|page| !page.unsaved.is_empty())
    }

    /// Removes all commands that are unsent.
    pub(crate) fn discard_unsent(self) {
        self.update(|state| state.outbox.discard_unsent());
    }

    /// Another tab of the user stored an entry, or stored it again with another state.
    pub(crate) fn stored_elsewhere(self, entry: OutboxEntry) {
        self.update(|state| state.outbox.stored_elsewhere(entry));
    }

    /// Another tab of the user sent or discarded an entry.
    pub(crate) fn resolved_elsewhere(self, client_id: ClientId) {
        self.update(|state| state.outbox.resolved_elsewhere(client_id));
        self.set_unsaved(client_id, false);
    }

    /// Applies the changes of the outbox to its storage.
    pub(super) fn persist(self, changes: Vec<OutboxChange>) {
        for change in changes {
            match change {
                OutboxChange::Keep(entry) => {
                    let saved = self.outputs.with_value(|outputs| outputs.storage.save(&entry));
                    self.set_unsaved(entry.client_id(), !saved);
                }
                OutboxChange::Drop(client_id) => {
                    self.outputs.with_value(|outputs| outputs.storage.remove(client_id));
                    self.set_unsaved(client_id, false);
                }
            }
        }
    }

    fn set_unsaved(self, client_id: ClientId, unsaved: bool) {
        if self.page.with_untracked(|page| page.unsaved.contains(&client_id)) != unsaved {
            self.page.update(|page| {
                page.unsaved.retain(|id| *id != client_id);
                page.unsaved.extend(unsaved.then_some(client_id));
            });
        }
    }
}

/// Discards refused changes of conversations that the user is no member of any more. Refused messages stay: their text is
/// the user's work.
pub(super) fn discard_pointless(state: &mut State) {
    let pointless = |entry: &&OutboxEntry| entry.text().is_none();
    let pointless: Vec<_> = state.stranded().filter(pointless).map(OutboxEntry::client_id).collect();
    pointless.into_iter().for_each(|client_id| state.outbox.discard(client_id));
}
