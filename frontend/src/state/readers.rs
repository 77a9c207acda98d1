//! How far the other members of a conversation have read, one by one: signalled where few are in it.

use std::collections::BTreeMap;

use confab_shared::{
    api::Reader,
    id::{ConversationId, Seq, UserId},
    protocol::ReadSignal,
};
use leptos::prelude::*;

use super::Chat;

impl Chat {
    /// How far the others have read in a conversation, as far as it is known.
    pub(crate) fn readers(self, id: ConversationId) -> BTreeMap<UserId, Seq> {
        self.readers.with(|readers| readers.get(&id).cloned()).unwrap_or_default()
    }

    /// Takes the move of another member.
    pub(super) fn note_reader(self, signal: &ReadSignal) {
        self.readers.update(|readers| {
            let read = readers.entry(signal.conversation).or_default().entry(signal.user).or_default();
            *read = signal.read_seq.max(*read);
        });
    }

    /// Takes the positions of all who share theirs. What was signalled meanwhile may be further.
    pub(crate) fn apply_readers(self, id: ConversationId, fetched: Vec<Reader>) {
        if !self.is_alive() {
            return;
        }
        self.readers.update(|readers| {
            let known = readers.remove(&id).unwrap_or_default();
            let further = |reader: &Reader| {
                let read = known.get(&reader.user.id).copied().unwrap_or_default();
                (reader.user.id, reader.read_seq.max(read))
            };
            readers.insert(id, fetched.iter().map(further).collect());
        });
        self.apply_users(fetched.into_iter().map(|reader| reader.user).collect());
    }
}
