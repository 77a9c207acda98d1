//! What the user is about to do with messages: it belongs to this page, and views that do not know each other share it.

use confab_shared::{
    event::{Event, EventBody},
    id::{ConversationId, Seq},
    user::User,
};
use leptos::prelude::*;

use super::Chat;

/// Signals of their own: no view of the rest of the page's state reruns with them.
#[derive(Clone, Copy)]
pub(super) struct Intents {
    /// The message that the composer edits.
    editing: RwSignal<Option<(ConversationId, Seq)>>,
    /// The message that the timeline is to show next.
    jump: RwSignal<Option<(ConversationId, Seq)>>,
    /// How often the list of pinned messages may have changed.
    pins_version: RwSignal<u64>,
}

impl Intents {
    pub(super) fn new() -> Self {
        Self { editing: RwSignal::new(None), jump: RwSignal::new(None), pins_version: RwSignal::new(0) }
    }

    /// Takes live or fetched events.
    pub(super) fn note_events<'a>(self, events: impl IntoIterator<Item = &'a Event>) {
        let lists_anew = |event: &Event| {
            matches!(event.body, EventBody::Pinned(_) | EventBody::Deleted(_) | EventBody::Edited(_))
        };
        if events.into_iter().any(lists_anew) {
            self.note_pins();
        }
    }

    pub(super) fn note_pins(self) {
        self.pins_version.update(|version| *version += 1);
    }
}

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

    /// Applies users whom an answer named.
    pub(crate) fn apply_users(self, users: Vec<User>) {
        if self.is_alive() {
            self.update(|state| state.add_users(users));
        }
    }
}
