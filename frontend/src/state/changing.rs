//! Changing messages and looking at the pinned ones: a user edits a message, replies to one, and jumps to one.

use confab_shared::id::Seq;
use leptos::prelude::*;

use super::{Chat, Scope};

impl Chat {
    /// The message that the composer of a conversation or thread edits.
    pub(crate) fn editing(self, scope: impl Into<Scope>) -> Option<Seq> {
        in_scope(self.intents.editing.get(), scope)
    }

    /// Opens a message in the composer.
    pub(crate) fn start_editing(self, scope: impl Into<Scope>, seq: Seq) {
        self.intents.editing.set(Some((scope.into(), seq)));
    }

    /// Gives the composer back to the draft.
    pub(crate) fn stop_editing(self, scope: impl Into<Scope>) {
        if in_scope(self.intents.editing.try_get_untracked().flatten(), scope).is_some() {
            self.intents.editing.set(None);
        }
    }

    /// Makes the composer reply to a message.
    pub(crate) fn start_reply(self, scope: Scope, seq: Seq) {
        self.intents.reply.set(Some((scope, seq)));
    }

    /// The message that the composer is to reply to next; answered once.
    pub(crate) fn take_reply(self, scope: Scope) -> Option<Seq> {
        take(self.intents.reply, scope)
    }

    /// Makes the timeline show a message in its place, wherever in the log it is.
    pub(crate) fn jump_to(self, scope: impl Into<Scope>, seq: Seq) {
        let scope: Scope = scope.into();
        self.open_around(scope, seq);
        self.intents.jump.set(Some((scope, seq)));
    }

    /// The message that the timeline is to show next; answered once.
    pub(crate) fn take_jump(self, scope: impl Into<Scope>) -> Option<Seq> {
        take(self.intents.jump, scope)
    }

    /// Changes whenever the list of followed threads may have changed.
    pub(crate) fn threads_version(self) -> u64 {
        self.intents.threads_version.get()
    }

    /// Changes whenever the pinned messages of a conversation, or their texts, may have changed.
    pub(crate) fn pins_version(self) -> u64 {
        self.intents.pins_version.get()
    }
}

fn in_scope(intent: Option<(Scope, Seq)>, scope: impl Into<Scope>) -> Option<Seq> {
    let scope: Scope = scope.into();
    intent.filter(|(of, _)| *of == scope).map(|(_, seq)| seq)
}

/// Takes what is meant for a scope.
fn take(intent: RwSignal<Option<(Scope, Seq)>>, scope: impl Into<Scope>) -> Option<Seq> {
    let seq = in_scope(intent.get(), scope)?;
    intent.set(None);
    Some(seq)
}
