//! What others have just written, for whoever says it aloud.

use confab_shared::{
    attachment::AttachmentSummary,
    event::{Event, EventBody},
};
use leptos::prelude::*;

use super::{Chat, IncomingMessage, Scope};

/// The most that wait: where nobody takes them, as on the page of another feature, the newer ones are forgotten.
const MAX_WAITING: usize = 100;

impl Chat {
    /// Takes a live event.
    pub(super) fn note_incoming(self, event: &Event) {
        let EventBody::Posted(posted) = &event.body else { return };
        if self.state.with_untracked(|state| state.me().is_none_or(|me| me.id == event.by)) {
            return;
        }
        let thread = posted.thread.filter(|_| !posted.is_in_timeline());
        let scope = Scope { id: event.conversation, thread };
        let message = IncomingMessage {
            scope,
            by: event.by,
            text: posted.text.to_string(),
            attachments: AttachmentSummary::of(&posted.attachments),
        };
        self.incoming.update(|messages| {
            if messages.len() < MAX_WAITING {
                messages.push(message);
            }
        });
    }

    /// Takes what has come since the last call.
    pub(crate) fn take_incoming(self) -> Vec<IncomingMessage> {
        if self.incoming.with(Vec::is_empty) {
            Vec::new()
        } else {
            self.incoming.try_update(std::mem::take).unwrap_or_default()
        }
    }
}
