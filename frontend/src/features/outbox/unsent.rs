//! Unsent commands by conversation, and refused messages that no timeline shows.

use confab_shared::{
    id::{ClientId, ConversationId, Timestamp},
    state::{OutboxEntry, State},
};

use crate::features::conversations::summary::ConversationSummary;

/// How many commands for one conversation are unsent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnsentCount {
    /// None where the user is no member any more.
    pub(crate) conversation: Option<ConversationSummary>,
    pub(crate) count: usize,
}

/// A refused message of a conversation that the user is no member of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StrandedMessage {
    pub(crate) client_id: ClientId,
    pub(crate) text: String,
    pub(crate) at: Timestamp,
}

/// The unsent commands by conversation, in the order of writing. Empty before the first welcome, when no conversation is
/// known.
pub(crate) fn unsent_by_conversation(state: &State, now: Timestamp) -> Vec<UnsentCount> {
    let mut counts = Vec::<(ConversationId, usize)>::new();
    for id in state.outbox.unsent().filter(|_| state.me().is_some()).map(OutboxEntry::conversation) {
        match counts.iter_mut().find(|(counted, _)| *counted == id) {
            Some((_, count)) => *count += 1,
            None => counts.push((id, 1)),
        }
    }
    let unsent = |(id, count)| UnsentCount { conversation: ConversationSummary::of(state, id, now), count };
    counts.into_iter().map(unsent).collect()
}

/// The refused messages that no timeline shows.
pub(crate) fn stranded_messages(state: &State) -> Vec<StrandedMessage> {
    let message = |entry: &OutboxEntry| {
        let text = entry.text()?.to_owned();
        Some(StrandedMessage { client_id: entry.client_id(), text, at: entry.at })
    };
    state.stranded().filter_map(message).collect()
}
