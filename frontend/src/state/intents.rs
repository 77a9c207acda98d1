//! What the user is about to do with messages: it belongs to this page, and views that do not know each other share it.

use confab_shared::{
    event::{Event, EventBody},
    id::{ConversationId, Seq},
};
use leptos::prelude::*;

/// Signals of their own: no view of the rest of the page's state reruns with them.
#[derive(Clone, Copy)]
pub(super) struct Intents {
    /// The message that the composer edits.
    pub(super) editing: RwSignal<Option<(ConversationId, Seq)>>,
    /// The message that the timeline is to show next.
    pub(super) jump: RwSignal<Option<(ConversationId, Seq)>>,
    /// How often the list of pinned messages may have changed.
    pub(super) pins_version: RwSignal<u64>,
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
