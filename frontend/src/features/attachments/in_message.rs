//! The attachments of one message, also of one that waits for them.

use confab_shared::{
    attachment::Attachment,
    id::ClientId,
    state::{MessageView, OutboxEntry},
};
use leptos::prelude::*;

use super::{layout::is_visual, shown::Shown, uploads::use_uploads};
use crate::{
    state::{Chat, Scope},
    ui::reactive::memo,
};

/// The attachments of one message. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct InMessage {
    pub(super) scope: Scope,
    /// The command that posts it, of a message that is not in the log yet.
    pub(super) unsent: Memo<Option<ClientId>>,
    pub(super) shown: Memo<Vec<Shown>>,
    wordless: Memo<bool>,
}

impl InMessage {
    pub(crate) fn new(scope: Scope, view: Memo<Option<MessageView>>, unsent: Memo<Option<ClientId>>) -> Self {
        let (chat, uploads) = (expect_context::<Chat>(), use_uploads());
        let shown = memo(move || match unsent.get() {
            Some(message) => uploads.of_message(message),
            None => view.with(|view| {
                let message = view.as_ref().map(|view| &view.message);
                let shown = |attachment: &Attachment| uploads.show(attachment.clone());
                message.map(|message| message.attachments.iter().map(shown).collect()).unwrap_or_default()
            }),
        });
        let wordless = memo(move || {
            let is_empty = |message: ClientId| {
                let text = |entry: &OutboxEntry| entry.text().is_some_and(str::is_empty);
                chat.state.with_untracked(|state| state.outbox.get(message).is_some_and(text))
            };
            shown.with(|shown| !shown.is_empty())
                && match unsent.get() {
                    Some(message) => is_empty(message),
                    None => view
                        .with(|view| view.as_ref().is_some_and(|view| view.message.text.as_str().is_empty())),
                }
        });
        Self { scope, unsent, shown, wordless }
    }

    pub(crate) fn is_any(self) -> bool {
        self.shown.with(|shown| !shown.is_empty())
    }

    /// Whether some are shown as pictures are.
    pub(crate) fn has_pictures(self) -> bool {
        self.shown.with(|shown| shown.iter().any(|shown| is_visual(&shown.attachment)))
    }

    /// Whether the message has no text beside them.
    pub(crate) fn is_all(self) -> bool {
        self.wordless.get()
    }

    /// Reads the attachments.
    pub(crate) fn with<T>(self, read: impl FnOnce(&[Attachment]) -> T) -> T {
        let attachments: Vec<_> =
            self.shown.with(|shown| shown.iter().map(|shown| shown.attachment.clone()).collect());
        read(&attachments)
    }
}
