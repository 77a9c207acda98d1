//! What is unsent: kept where it outlives the page, counted for whoever is about to leave, and shown apart where no
//! timeline shows it.

use confab_shared::{
    id::{ClientId, ConversationId, Timestamp},
    state::{OutboxChange, OutboxEntry, SendState, State},
};
use leptos::prelude::*;

use super::{Chat, ListRow};

/// Where what is unsent outlives the page. All of it is at once: what is kept is kept when the call returns.
pub(crate) trait Shelf: Send + Sync {
    /// What an earlier page, or another that is open, left here.
    fn kept(&self) -> Vec<OutboxEntry>;

    /// Keeps a message as it is now; answers whether it could.
    fn keep(&self, outgoing: &OutboxEntry) -> bool;

    /// Keeps a message no longer.
    fn let_go(&self, client_id: ClientId);
}

/// How many messages to one conversation are unsent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// The conversation's row; none where one is in it no more.
    pub(crate) row: Option<ListRow>,
    pub(crate) count: usize,
}

/// A message that was refused, and whose conversation one is not in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stranded {
    pub(crate) client_id: ClientId,
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

impl Chat {
    /// What is unsent, by conversation, in the order of writing. Nothing before the first welcome: what is where is
    /// not known then.
    pub(crate) fn unsent(self) -> Vec<Unsent> {
        let now = self.now.get_untracked();
        self.state.with(|state| {
            let mut counts = Vec::<(ConversationId, usize)>::new();
            for id in state.outbox.unsent().filter(|_| state.me().is_some()).map(OutboxEntry::conversation) {
                match counts.iter_mut().find(|(counted, _)| *counted == id) {
                    Some((_, count)) => *count += 1,
                    None => counts.push((id, 1)),
                }
            }
            let unsent = |(id, count)| Unsent { row: ListRow::of(state, id, now), count };
            counts.into_iter().map(unsent).collect()
        })
    }

    /// How many messages are unsent.
    pub(crate) fn unsent_count(self) -> usize {
        self.state.with(|state| state.outbox.unsent().count())
    }

    /// How many messages go out by themselves once in touch.
    pub(crate) fn waiting_count(self) -> usize {
        let waits = |o: &&OutboxEntry| o.state == SendState::Pending;
        self.state.with(|state| state.outbox.unsent().filter(waits).count())
    }

    /// Whether something is unsent that would be lost with the page.
    pub(crate) fn has_unkept(self) -> bool {
        self.standing.with(|standing| !standing.unkept.is_empty())
    }

    /// What was refused where one is no more: no timeline shows it.
    pub(crate) fn stranded(self) -> Vec<Stranded> {
        let stranded = |entry: &OutboxEntry| Stranded {
            client_id: entry.client_id(),
            text: entry.text().unwrap_or_default().to_owned(),
            at: entry.at,
        };
        self.state.with(|state: &State| state.stranded().map(stranded).collect())
    }

    /// Gives up all that is unsent.
    pub(crate) fn discard_unsent(self) {
        self.change(|state| state.outbox.discard_unsent());
    }

    /// Another page of this person sent a message that both held, or gave it up.
    pub(crate) fn resolved_elsewhere(self, client_id: ClientId) {
        self.change(|state| state.outbox.resolved_elsewhere(client_id));
        self.note_unkept(client_id, false);
    }

    /// Brings the shelf in step with the outbox.
    pub(super) fn keep(self, changes: Vec<OutboxChange>) {
        for change in changes {
            match change {
                OutboxChange::Keep(outgoing) => {
                    let kept = self.outlets.with_value(|outlets| outlets.shelf.keep(&outgoing));
                    self.note_unkept(outgoing.client_id(), !kept);
                }
                OutboxChange::Drop(client_id) => {
                    self.outlets.with_value(|outlets| outlets.shelf.let_go(client_id));
                    self.note_unkept(client_id, false);
                }
            }
        }
    }

    fn note_unkept(self, client_id: ClientId, unkept: bool) {
        if self.standing.with_untracked(|standing| standing.unkept.contains(&client_id)) != unkept {
            self.standing.update(|standing| {
                standing.unkept.retain(|id| *id != client_id);
                standing.unkept.extend(unkept.then_some(client_id));
            });
        }
    }
}
