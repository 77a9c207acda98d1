//! Completions of what is typed before the caret of the message field: a list above the field, which keeps the focus. The
//! arrow keys move through the list; Enter and Tab take the chosen one, and Escape closes it until something else is typed.
//! What is completed is the caller's: people ([`super::mentions`]), or anything else that begins with a sign.

use leptos::{ev::KeyboardEvent, prelude::*};
use web_sys::{Element, Event, EventInit, HtmlTextAreaElement};

use crate::{
    i18n::{Locale, t, t_fmt, td_string},
    platform::{browser::document, input_method::is_composing},
    ui::{
        avatar::{Avatar, Size},
        reactive::{ElementRef, effect, memo, on_event},
        show::{Show, bool_attr, dynamic},
    },
};

/// The id of the list.
const LIST_ID: &str = "completions";

/// What is typed before the caret, as far as it is to be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// Where it begins, with its sign, in UTF-16 code units, as the browser counts.
    pub(super) start: u32,
    /// Where the caret is, in the same units.
    pub(super) end: u32,
    /// What stands behind the sign.
    pub(super) query: String,
}

impl Typed {
    /// What is typed at the end of a text, where `begin` finds where that begins: the byte of its sign, and the first one
    /// behind the sign.
    pub(super) fn at_end_of(text: &str, begin: fn(&str) -> Option<(usize, usize)>) -> Option<Self> {
        let (sign, query) = begin(text)?;
        let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or_default();
        let start = units(text.get(..sign)?);
        let query = text.get(query..)?;
        Some(Self { start, end: units(text), query: query.to_owned() })
    }
}

/// A completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// What takes the place of what was typed.
    pub(super) text: String,
    /// What is shown.
    pub(super) label: String,
    /// What is shown beside it.
    pub(super) detail: Option<String>,
    /// The hue of its avatar; 0 where its text is its picture, as that of an emoji is.
    pub(super) hue: u32,
    /// What is said of it at the end of its line.
    pub(super) note: Option<Note>,
}

/// What is said of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "only people have notes")]
pub(super) enum Note {
    /// A person who is not in the conversation.
    NoMember,
}

impl Note {
    fn text(self, locale: Locale) -> &'static str {
        match self {
            Self::NoMember => td_string!(locale, composer.no_member),
        }
    }
}

/// The completions of one field. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Completion {
    input: ElementRef,
    begin: fn(&str) -> Option<(usize, usize)>,
    typed: RwSignal<Option<Typed>>,
    candidates: Memo<Vec<Candidate>>,
    /// Whether the list is open.
    shown: Memo<bool>,
    /// The chosen one: the first, until the arrow keys move on.
    index: RwSignal<usize>,
    /// Closed by hand.
    closed: RwSignal<bool>,
}

impl Completion {
    /// Completes in a field what `begin` finds, with the candidates that the caller keeps for `typed`.
    pub(super) fn new(
        input: ElementRef,
        begin: fn(&str) -> Option<(usize, usize)>,
        typed: RwSignal<Option<Typed>>,
        candidates: Memo<Vec<Candidate>>,
    ) -> Self {
        let (index, closed) = (RwSignal::new(0), RwSignal::new(false));
        let query = memo(move || typed.with(|typed| typed.as_ref().map(|typed| typed.query.clone())));
        effect(move || {
            query.track();
            index.set(0);
            closed.set(false);
        });
        let shown =
            memo(move || query.with(Option::is_some) && !closed.get() && !candidates.with(Vec::is_empty));
        Self { input, begin, typed, candidates, shown, index, closed }
    }

    /// Looks at the text before the caret: to be called whenever the text or the caret may have changed.
    pub(super) fn note_caret(self) {
        let typed = self.input.get_untracked::<HtmlTextAreaElement>().and_then(|field| {
            let (from, to) = (field.selection_start().ok()??, field.selection_end().ok()??);
            let text = (from == to).then(|| before(&field.value(), from))?;
            Typed::at_end_of(&text, self.begin)
        });
        if self.typed.get_untracked() != typed {
            self.typed.set(typed);
        }
    }

    /// Closes the list until something is typed again.
    pub(super) fn close(self) {
        if self.typed.get_untracked().is_some() {
            self.typed.set(None);
        }
    }

    /// Handles a key of the field; answers whether it was the list's.
    pub(super) fn on_key(self, event: &KeyboardEvent) -> bool {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        if modified || !self.shown.get_untracked() || is_composing(event) {
            return false;
        }
        match event.key().as_str() {
            "ArrowDown" => self.step(1),
            "ArrowUp" => self.step(-1),
            "Enter" | "Tab" => self.take(self.index.get_untracked()),
            "Escape" => self.closed.set(true),
            _ => return false,
        }
        event.prevent_default();
        // Escape closes nothing else.
        event.stop_propagation();
        true
    }

    /// The id of the chosen completion; empty while the list is closed. For `aria-activedescendant`.
    pub(super) fn active_id(self) -> Signal<String> {
        Signal::derive(move || if self.shown.get() { option_id(self.index.get()) } else { String::new() })
    }

    /// The id of the list, while it is open. For `aria-controls`.
    pub(super) fn list_id(self) -> Signal<Option<&'static str>> {
        Signal::derive(move || self.shown.get().then_some(LIST_ID))
    }

    fn step(self, by: isize) {
        let count = self.candidates.with_untracked(Vec::len).max(1) as isize;
        let to = (self.index.get_untracked() as isize + by).rem_euclid(count) as usize;
        self.index.set(to);
        if let Some(option) = document().get_element_by_id(&option_id(to)) {
            scroll_into_view(&option);
        }
    }

    /// Puts a completion in the place of what was typed.
    fn take(self, index: usize) {
        let candidate = self.candidates.with_untracked(|candidates| candidates.get(index).cloned());
        let (Some(candidate), Some(typed)) = (candidate, self.typed.get_untracked()) else { return };
        let Some(field) = self.input.get_untracked::<HtmlTextAreaElement>() else { return };
        // A space that is there already serves.
        let rest_begins_with_space = field.value().encode_utf16().nth(typed.end as usize) == Some(0x20);
        let space = if rest_begins_with_space { "" } else { " " };
        let text = format!("{}{space}", candidate.text);
        let _ = field.set_range_text_with_start_and_end(&text, typed.start, typed.end);
        let behind = u32::try_from(candidate.text.encode_utf16().count() + 1).unwrap_or_default();
        let caret = typed.start + behind;
        let _ = field.set_selection_range(caret, caret);
        self.typed.set(None);
        // What listens to typing hears of this change, too.
        let init = EventInit::new();
        init.set_bubbles(true);
        if let Ok(event) = Event::new_with_event_init_dict("input", &init) {
            let _ = field.dispatch_event(&event);
        }
        let _ = field.focus();
    }
}

/// The list above the field.
#[component]
pub(super) fn Completions(completion: Completion, label: fn(Locale) -> &'static str) -> impl IntoView {
    let Completion { candidates, index, .. } = completion;
    view! {
        <Show when=completion.shown>
            <ul class="completions" id=LIST_ID role="listbox" data-testid="completions" aria-label=t(label)>
                {dynamic(move || {
                    let all = candidates.get().into_iter().enumerate();
                    all.map(|(at, candidate)| option(completion, at, &candidate, index)).collect_view().into_any()
                })}
            </ul>
        </Show>
    }
}

fn option(completion: Completion, at: usize, candidate: &Candidate, index: RwSignal<usize>) -> AnyView {
    let active = memo(move || index.get() == at);
    let Candidate { text, label, detail, hue, note } = candidate.clone();
    let detail = detail.map(|detail| view! { <small class="unique-name" dir="auto">{detail}</small> });
    let note = note.map(|note| {
        view! { <small class="completion-note">{t_fmt(move |l| note.text(l).to_owned())}</small> }
    });
    let picture = match hue {
        0 => view! { <span class="completion-picture emoji" aria-hidden="true">{text.clone()}</span> }
            .into_any(),
        _ => {
            view! { <Avatar name=Signal::stored(label.clone()) hue_of=Signal::stored(hue) size=Size::Small/> }
                .into_any()
        }
    };
    view! {
        <li
            id=option_id(at)
            class="suggestion"
            class:active=active
            role="option"
            aria-selected=bool_attr(move || active.get())
            data-testid="completion"
            data-text=text
            // The field keeps the focus.
            on:mousedown=|event: leptos::ev::MouseEvent| event.prevent_default()
            on:click=on_event(move || completion.take(at))
        >
            {picture}
            <span class="completion-label"><bdi>{label}</bdi> " " {detail}</span>
            {note}
        </li>
    }
    .into_any()
}

fn option_id(index: usize) -> String {
    format!("completion-{index}")
}

fn scroll_into_view(element: &Element) {
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// The part of a text before a position in UTF-16 code units.
fn before(text: &str, position: u32) -> String {
    let units: Vec<u16> = text.encode_utf16().take(position as usize).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_in_the_units_of_the_browser() {
        let at_sign = |text: &str| text.rfind('@').map(|at| (at, at + 1));
        let typed = Typed::at_end_of("🎉 李 @me", at_sign).expect("it is typed");
        assert_eq!(typed, Typed { start: 5, end: 8, query: "me".to_owned() });
        assert_eq!(Typed::at_end_of("nothing", at_sign), None);
        assert_eq!(before("🎉ab", 3), "🎉a");
        assert_eq!(before("ab", 9), "ab");
    }
}
