//! Changing messages and looking at the pinned ones: a user edits a message, and jumps to one.

use confab_shared::id::{ConversationId, Seq};
use leptos::prelude::*;

use super::Chat;

impl Chat {
    /// The message of a conversation that the composer edits.
    pub(crate) fn editing(self, id: ConversationId) -> Option<Seq> {
        self.intents.editing.get().filter(|(conversation, _)| *conversation == id).map(|(_, seq)| seq)
    }

    /// Opens a message in the composer.
    pub(crate) fn start_editing(self, id: ConversationId, seq: Seq) {
        self.intents.editing.set(Some((id, seq)));
    }

    /// Gives the composer back to the draft.
    pub(crate) fn stop_editing(self) {
        if self.intents.editing.try_get_untracked().flatten().is_some() {
            self.intents.editing.set(None);
        }
    }

    /// Makes the timeline of a conversation show a message in its place, wherever in the log it is.
    pub(crate) fn jump_to(self, id: ConversationId, seq: Seq) {
        self.open_around(id, seq);
        self.intents.jump.set(Some((id, seq)));
    }

    /// The message that the timeline of a conversation is to show next; answered once.
    pub(crate) fn take_jump(self, id: ConversationId) -> Option<Seq> {
        let (_, seq) = self.intents.jump.get().filter(|(conversation, _)| *conversation == id)?;
        self.intents.jump.set(None);
        Some(seq)
    }

    /// Changes whenever the pinned messages of a conversation, or their texts, may have changed.
    pub(crate) fn pins_version(self) -> u64 {
        self.intents.pins_version.get()
    }
}
