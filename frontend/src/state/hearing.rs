//! What others have just written, for whoever says it aloud.

use confab_shared::event::{Event, EventBody};
use leptos::prelude::*;

use super::{Chat, Heard, Scope};

/// The most that wait: where nobody takes them, as on the page of another feature, the older ones are forgotten.
const MAX_WAITING: usize = 100;

impl Chat {
    /// Takes a live event.
    pub(super) fn note_heard(self, event: &Event) {
        let EventBody::Posted(posted) = &event.body else { return };
        if self.state.with_untracked(|state| state.me().is_none_or(|me| me.id == event.by)) {
            return;
        }
        let thread = posted.thread.filter(|_| !posted.is_in_timeline());
        let scope = Scope { id: event.conversation, thread };
        let heard = Heard { scope, by: event.by, text: posted.text.to_string() };
        self.heard.update(|messages| {
            if messages.len() < MAX_WAITING {
                messages.push(heard);
            }
        });
    }

    /// Takes what has come since the last call.
    pub(crate) fn take_heard(self) -> Vec<Heard> {
        if self.heard.with(Vec::is_empty) {
            Vec::new()
        } else {
            self.heard.try_update(std::mem::take).unwrap_or_default()
        }
    }
}
