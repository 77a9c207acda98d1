//! The composer edits a message: its text takes the place of the draft, which comes back afterwards.

use std::cell::Cell;

use confab_shared::{
    id::Seq,
    item::Item,
    state::State,
    text::{MessageText, shows_nothing},
};
use leptos::{ev::KeyboardEvent, prelude::*};

use crate::{
    features::{attachments::uploads::text_of, message_actions::commands},
    i18n::{t, t_fmt, td_string},
    platform::input_method::is_composing,
    state::{Chat, Scope},
    ui::{
        icon::{Icon, IconView},
        icon_button::IconButton,
        reactive::{effect, memo},
        show::{Show, dynamic},
    },
};

/// What the composer of a conversation or thread edits. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Editing {
    chat: Chat,
    scope: Scope,
    seq: Memo<Option<Seq>>,
    /// Whether a message is edited.
    pub(super) active: Memo<bool>,
    /// Whether the user is asked to delete the message, of which no text is left.
    pub(super) deleting: RwSignal<bool>,
}

impl Editing {
    pub(super) fn new(chat: Chat, scope: Scope) -> Self {
        let seq = memo(move || chat.editing(scope));
        let editing = Self {
            chat,
            scope,
            seq,
            active: memo(move || seq.get().is_some()),
            deleting: RwSignal::new(false),
        };
        // A message that somebody deletes meanwhile cannot be edited on.
        let deleted = memo(move || {
            let view = chat.state.with(|state| state.message(scope.id, seq.get()?));
            view.map(|view| view.message.deleted.is_some())
        });
        effect(move || {
            if deleted.get() == Some(true) {
                editing.deleting.set(false);
                chat.stop_editing(scope);
            }
        });
        editing
    }

    /// Calls a function with the text to edit when a message is to be edited, and with none when editing ends.
    pub(super) fn on_change(self, on_change: impl Fn(Option<String>) + 'static) {
        let before = Cell::new(None);
        effect(move || {
            let seq = self.seq.get();
            if before.replace(seq) != seq {
                on_change(seq.map(|seq| untrack(|| self.text_of(seq))));
            }
        });
    }

    pub(super) fn is_on(self) -> bool {
        self.seq.get_untracked().is_some()
    }

    pub(super) fn seq_untracked(self) -> Seq {
        self.seq.get_untracked().unwrap_or_default()
    }

    /// Saves the text. One that did not change is left alone, and one that is empty asks whether to delete the message.
    pub(super) fn save(self, text: &str) {
        let seq = self.seq_untracked();
        let has_files = self.has_files(seq);
        if shows_nothing(text) && !has_files {
            return self.deleting.set(true);
        }
        let Some(new) = text_of(text, has_files) else { return };
        let is_changed = self.message_text(seq).is_none_or(|before| before != new);
        if is_changed {
            commands::edit(self.chat, self.scope.id, seq, new);
        }
        self.stop();
    }

    /// Gives the field back to the draft.
    fn stop(self) {
        self.chat.stop_editing(self.scope);
    }

    /// Handles a key of the field: Escape leaves, and Up in an empty field edits the user's last message.
    pub(super) fn on_key(self, event: &KeyboardEvent, field_is_empty: bool) -> bool {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        if modified || is_composing(event) {
            return false;
        }
        match event.key().as_str() {
            "Escape" if self.is_on() => self.stop(),
            "ArrowUp" if field_is_empty && !self.is_on() => {
                let last = self.chat.state.with_untracked(|state| last_own(state, self.scope));
                let Some(seq) = last else { return false };
                self.chat.start_editing(self.scope, seq);
            }
            _ => return false,
        }
        true
    }

    /// The text to begin with: that of a refused edit, where there is one.
    fn text_of(self, seq: Seq) -> String {
        let refused = commands::refused_text(self.chat, self.scope.id, seq);
        refused.or_else(|| self.message_text(seq).map(|text| text.to_string())).unwrap_or_default()
    }

    fn has_files(self, seq: Seq) -> bool {
        let view = self.chat.state.with_untracked(|state| state.message(self.scope.id, seq));
        view.is_some_and(|view| !view.message.attachments.is_empty())
    }

    fn message_text(self, seq: Seq) -> Option<MessageText> {
        self.chat
            .state
            .with_untracked(|state| state.message(self.scope.id, seq))
            .map(|view| view.message.text)
    }
}

/// The user's last message in the timeline that is not deleted, or about to be.
fn last_own(state: &State, scope: Scope) -> Option<Seq> {
    let me = state.me()?.id;
    let own = scope
        .timeline(state)
        .filter(|timeline| timeline.follows())?
        .items()
        .rev()
        .filter_map(Item::message)
        .filter(|message| message.by == me);
    let exists = |seq: &Seq| state.message(scope.id, *seq).is_some_and(|view| view.message.deleted.is_none());
    own.map(|message| message.seq).find(exists)
}

/// Says that a message is edited, above the field.
#[component]
pub(super) fn EditingBar(editing: Editing) -> impl IntoView {
    let before = memo(move || editing.seq.get().and_then(|seq| untrack(|| editing.message_text(seq))));
    let before = t_fmt(move |_| before.get().map(|text| text.to_string()).unwrap_or_default());
    view! {
        <Show when=editing.active>
            <div class="editing-bar" data-testid="editing-bar">
                <IconView icon=Icon::Pen/>
                <b>{t(|l| td_string!(l, composer.editing))}</b>
                <span class="editing-text" dir="auto">{dynamic(move || before.get().into_any())}</span>
                <IconButton
                    icon=Icon::Close
                    label=|l| td_string!(l, composer.cancel_edit)
                    testid="editing-cancel"
                    on_press=move |()| editing.stop()
                />
            </div>
        </Show>
    }
}
