//! Completions of what is typed before the caret of the message field: a list above the field, which keeps the focus. The
//! arrow keys move through the list; Enter and Tab take the chosen one, and Escape closes it until something else is typed.
//! What is completed is the caller's ([`super::offers`]): anything that begins with a sign.

use leptos::{ev::KeyboardEvent, prelude::*};
use web_sys::{Element, HtmlTextAreaElement};

use super::{
    field::{self, byte_at},
    format::Change,
};
use crate::{
    i18n::{Locale, t_fmt, td_string},
    platform::{browser::document, input_method::is_composing},
    ui::{
        avatar::{Avatar, Size},
        reactive::{ElementRef, effect, memo, on_event},
        show::{Show, bool_attr, dynamic},
    },
};

/// The id of the list.
const LIST_ID: &str = "completions";

/// What is completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The name of a person who is mentioned.
    Person,
    /// The short code of an emoji.
    Emoji,
}

/// What is typed before the caret, as far as it is to be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) kind: Kind,
    /// Where it begins, with its sign, in bytes.
    pub(super) start: usize,
    /// Where the caret is, in bytes.
    pub(super) end: usize,
    /// What stands behind the sign.
    pub(super) query: String,
}

/// Finds what is to be completed at the end of a text: its kind, the byte of its sign, and the first one behind the sign.
pub(super) type Begin = fn(&str) -> Option<(Kind, usize, usize)>;

impl Typed {
    /// What is typed at the end of a text.
    pub(super) fn at_end_of(text: &str, begin: Begin) -> Option<Self> {
        let (kind, start, query) = begin(text)?;
        let query = text.get(query..)?.to_owned();
        Some(Self { kind, start, end: text.len(), query })
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
pub(super) enum Note {
    /// A person who is not in the conversation.
    NoMember,
    /// All members of the conversation.
    AllMembers,
    /// Those members who are online.
    OnlineMembers,
}

impl Note {
    fn text(self, locale: Locale) -> &'static str {
        match self {
            Self::NoMember => td_string!(locale, composer.no_member),
            Self::AllMembers => td_string!(locale, composer.all_members),
            Self::OnlineMembers => td_string!(locale, composer.online_members),
        }
    }
}

/// The completions of one field. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Completion {
    input: ElementRef,
    begin: Begin,
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
        begin: Begin,
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
            let text = (from == to).then(|| field.value())?;
            Typed::at_end_of(text.get(..byte_at(&text, from))?, self.begin)
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
            // What is typed whole is sent.
            "Enter" if self.is_whole() => {
                self.close();
                return false;
            }
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

    /// Whether the chosen one is what was typed.
    fn is_whole(self) -> bool {
        let index = self.index.get_untracked();
        let query = self.typed.with_untracked(|typed| typed.as_ref().map(|typed| typed.query.clone()));
        self.candidates.with_untracked(|candidates| {
            let text = candidates.get(index).map(|candidate| candidate.text.as_str());
            text.zip(query)
                .is_some_and(|(text, query)| text.ends_with(&query) && text.len() == query.len() + 1)
        })
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
        let has_space = field.value().get(typed.end..).is_some_and(|behind| behind.starts_with(' '));
        let end = typed.end + usize::from(has_space);
        let caret = typed.start + candidate.text.len() + 1;
        self.typed.set(None);
        let text = format!("{} ", candidate.text);
        field::apply(&field, &Change { range: typed.start..end, text, selected: caret..caret });
    }
}

/// The list above the field.
#[component]
pub(super) fn Completions(completion: Completion) -> impl IntoView {
    let Completion { candidates, index, typed, .. } = completion;
    let kind = memo(move || typed.with(|typed| typed.as_ref().map(|typed| typed.kind)));
    let label = t_fmt(move |l| match kind.get() {
        Some(Kind::Emoji) => td_string!(l, composer.emoji).to_owned(),
        _ => td_string!(l, composer.people).to_owned(),
    });
    view! {
        <Show when=completion.shown>
            <ul class="completions" id=LIST_ID role="listbox" data-testid="completions" aria-label=label>
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_ends_at_the_caret() {
        let at_sign: Begin = |text| text.rfind('@').map(|at| (Kind::Person, at, at + 1));
        let typed = Typed::at_end_of("🎉 李 @me", at_sign).expect("it is typed");
        assert_eq!(typed, Typed { kind: Kind::Person, start: 9, end: 12, query: "me".to_owned() });
        assert_eq!(Typed::at_end_of("nothing", at_sign), None);
    }
}
