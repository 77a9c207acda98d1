//! Which messages are pinned: as the server listed them, with what has happened on this page since.

use confab_shared::{
    command::Command,
    id::{ConversationId, Seq},
    message::Message,
    state::{SendState, State},
};

/// The pinned messages, those first that the user pins just now. A message of the timeline shows as it is there.
pub(crate) fn pinned(state: &State, id: ConversationId, listed: &[Message]) -> Vec<Message> {
    let now = |message: &Message| {
        state.message(id, message.seq).map_or_else(|| message.clone(), |view| view.message)
    };
    let is_listed = |seq: &Seq| listed.iter().any(|message| message.seq == *seq);
    let pinning = state.outbox.of(id).filter_map(|entry| match (&entry.command, &entry.state) {
        (Command::Pin(pin), SendState::Pending | SendState::Sent(_)) => Some(pin),
        _ => None,
    });
    let pinning: Vec<_> = pinning.collect();
    let being_pinned = pinning.iter().map(|pin| pin.target).filter(|target| !is_listed(target));
    let being_pinned = being_pinned.filter_map(|target| state.message(id, target)).map(|view| view.message);
    // A message that is not in the timeline may be unpinned from the list.
    let last = |seq: Seq| pinning.iter().rfind(|pin| pin.target == seq);
    let stays = |message: &Message| {
        message.pinned.is_some() && message.deleted.is_none() && last(message.seq).is_none_or(|pin| pin.on)
    };
    let mut all: Vec<_> = being_pinned.chain(listed.iter().map(now)).filter(stays).collect();
    let mut known = Vec::new();
    all.retain(|message| {
        let is_new = !known.contains(&message.seq);
        known.push(message.seq);
        is_new
    });
    all
}
