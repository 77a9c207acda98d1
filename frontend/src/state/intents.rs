//! What the user is about to do with messages: it belongs to this page, and views that do not know each other share it.

use confab_shared::{
    event::{Event, EventBody},
    id::Seq,
};
use leptos::prelude::*;

use super::Scope;

/// Signals of their own: no view of the rest of the page's state reruns with them.
#[derive(Clone, Copy)]
pub(super) struct Intents {
    /// The message that a composer edits.
    pub(super) editing: RwSignal<Option<(Scope, Seq)>>,
    /// The message that a composer is to reply to next.
    pub(super) reply: RwSignal<Option<(Scope, Seq)>>,
    /// The message that a timeline is to show next.
    pub(super) jump: RwSignal<Option<(Scope, Seq)>>,
    /// How often the list of pinned messages may have changed.
    pub(super) pins_version: RwSignal<u64>,
    /// How often the list of followed threads may have changed.
    pub(super) threads_version: RwSignal<u64>,
}

impl Intents {
    pub(super) fn new() -> Self {
        Self {
            editing: RwSignal::new(None),
            reply: RwSignal::new(None),
            jump: RwSignal::new(None),
            pins_version: RwSignal::new(0),
            threads_version: RwSignal::new(0),
        }
    }

    /// Takes live or fetched events of any conversation.
    pub(super) fn note_threads<'a>(self, events: impl IntoIterator<Item = &'a Event>) {
        let changes = |event: &Event| match &event.body {
            EventBody::Posted(posted) => posted.thread.is_some(),
            EventBody::Edited(_) | EventBody::Deleted(_) | EventBody::Left(_) => true,
            _ => false,
        };
        if events.into_iter().any(changes) {
            self.note_thread();
        }
    }

    pub(super) fn note_thread(self) {
        self.threads_version.update(|version| *version += 1);
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
