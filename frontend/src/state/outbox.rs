//! The outbox as views and storage see it.

use confab_shared::{
    id::ClientId,
    state::{OutboxChange, OutboxEntry, SendState, State},
};
use leptos::prelude::*;

use super::Chat;

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

    /// Whether commands wait since the server takes no more of them for a moment. They are sent by themselves.
    pub(crate) fn is_slowed_down(self) -> bool {
        self.state.with(|state| state.outbox.is_waiting())
    }

    /// Sends again what waited until now. To be called every second.
    pub(crate) fn resume_sending(self) {
        let now = self.now.get_untracked();
        if self.is_connected() && self.state.with_untracked(|state| state.outbox.is_waiting()) {
            let frames = self.update(|state| state.outbox.resume(now));
            frames.into_iter().for_each(|frame| self.send_frame(frame));
        }
    }

    /// The largest file that the server takes, in bytes; 0 where it takes none. Before the first welcome it is not known.
    pub(crate) fn attachment_limit(self) -> u64 {
        let limit = |state: &State| state.me().map_or(u64::MAX, |_| state.limits().attachment_bytes);
        self.state.with_untracked(limit)
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
