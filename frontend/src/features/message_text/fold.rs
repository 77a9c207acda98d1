//! Long messages show some 12 lines, and all of them on demand. Which are open is remembered while the page lives.

use std::collections::HashSet;

use confab_shared::id::{ConversationId, Seq};
use leptos::prelude::*;
use web_sys::Element;

use crate::{
    i18n::{t_fmt, td_string},
    platform::browser::on_resize,
    ui::{
        reactive::{memo, on_event},
        show::{Show, bool_attr},
    },
};

/// The lines of a folded message, as in the style sheet.
const LINES: usize = 12;

/// The columns of a narrow bubble: no text with fewer lines of so many is long.
const MIN_COLUMNS: usize = 36;

type Opened = ArcRwSignal<HashSet<(ConversationId, Seq)>>;

thread_local! {
    /// The long messages that are open.
    static OPENED: Opened = ArcRwSignal::new(HashSet::new());
}

fn opened() -> Opened {
    OPENED.with(Clone::clone)
}

/// Opens a message that one is led to.
pub(crate) fn unfold(id: ConversationId, seq: Seq) {
    opened().update(|opened| {
        opened.insert((id, seq));
    });
}

/// Whether a text may have more lines than a folded one shows.
pub(super) fn may_be_long(text: &str) -> bool {
    let mut lines = 0;
    text.split('\n').any(|line| {
        let columns: usize = line.chars().map(|c| if c < '\u{1100}' { 1 } else { 2 }).sum();
        lines += columns.div_ceil(MIN_COLUMNS).max(1);
        lines > LINES
    })
}

/// Whether a message is folded. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Fold {
    id: ConversationId,
    seq: Memo<Option<Seq>>,
    may_be_long: Memo<bool>,
    /// Whether it is long; none until it was measured.
    long: RwSignal<Option<bool>>,
    open: Memo<bool>,
    /// Whether it was opened before it was sent.
    unsent_open: RwSignal<bool>,
}

impl Fold {
    pub(super) fn new(id: ConversationId, seq: Memo<Option<Seq>>, may_be_long: Memo<bool>) -> Self {
        let (opened, unsent_open) = (opened(), RwSignal::new(false));
        let open = memo(move || {
            may_be_long.get()
                && (unsent_open.get()
                    || seq.get().is_some_and(|seq| opened.with(|opened| opened.contains(&(id, seq)))))
        });
        Self { id, seq, may_be_long, long: RwSignal::new(None), open, unsent_open }
    }

    /// Measures the element of the text whenever its size changes, where it may be long.
    pub(super) fn observe(self, element: &Element) {
        self.long.set(None);
        if !self.may_be_long.get_untracked() {
            return;
        }
        let measured = element.clone();
        on_resize(element, move || self.measure(&measured));
    }

    fn measure(self, element: &Element) {
        let shown = element.client_height();
        let known = self.long.try_get_untracked().flatten();
        if shown == 0 || known == Some(true) {
            return;
        }
        // What is folded shows as many lines as it may. To fold two or three lines would not be worth it.
        let folds = self.open.get_untracked() || element.scroll_height() * 4 > shown * 5;
        if known.is_none() {
            self.long.set(Some(folds));
        }
    }

    pub(super) fn is_folded(self) -> Signal<bool> {
        Signal::derive(move || self.may_be_long.get() && self.long.get() != Some(false) && !self.open.get())
    }

    pub(super) fn is_open(self) -> Signal<bool> {
        Signal::derive(move || self.open.get())
    }

    fn toggle(self) {
        let open = !self.open.get_untracked();
        self.unsent_open.set(open);
        if let Some(seq) = self.seq.get_untracked() {
            opened().update(|opened| {
                let _ = match open {
                    true => opened.insert((self.id, seq)),
                    false => opened.remove(&(self.id, seq)),
                };
            });
        }
    }
}

/// The button below a long message.
#[component]
pub(super) fn FoldToggle(fold: Fold) -> impl IntoView {
    view! {
        <Show when=move || fold.may_be_long.get() && fold.long.get() == Some(true)>
            <button
                class="fold-toggle"
                type="button"
                data-testid="fold-toggle"
                aria-expanded=bool_attr(move || fold.open.get())
                on:click=on_event(move || fold.toggle())
            >
                {t_fmt(move |l| match fold.open.get() {
                    true => td_string!(l, message_text.show_less).to_owned(),
                    false => td_string!(l, message_text.show_more).to_owned(),
                })}
            </button>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_many_lines_or_many_columns_may_be_long() {
        assert!(!may_be_long("one line"));
        assert!(!may_be_long(&"a\n".repeat(11)));
        assert!(may_be_long(&"a\n".repeat(12)));
        assert!(may_be_long(&"\n".repeat(16_000)));
        assert!(!may_be_long(&"x".repeat(12 * 36)));
        assert!(may_be_long(&"x".repeat(12 * 36 + 1)));
        assert!(may_be_long(&"看".repeat(6 * 36 + 1)), "they are twice as wide");
    }
}
