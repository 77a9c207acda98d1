//! A field for the name of a user, with suggestions. The arrow keys move through them while the focus stays in the field;
//! Enter takes the one they lead to, and Escape closes them.

use confab_shared::user::User;
use leptos::prelude::*;

use super::search_people;
use crate::{
    i18n::{collation, use_language},
    platform::input_method::is_composing,
    ui::{
        avatar::{Avatar, Size},
        initials::hue,
        person_name::{person_name, shown_name},
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, bool_attr, dynamic},
    },
};

/// How many users are suggested.
const MAX_SUGGESTIONS: usize = 6;

/// The characters that separate several names; no name contains one of them.
const SEPARATORS: [char; 7] = [',', '，', '、', '،', ';', '；', '\n'];

/// A field for the name of a user, with the users whose name begins so below it.
#[component]
pub(crate) fn NameField(
    id: &'static str,
    testid: &'static str,
    text: RwSignal<String>,
    #[prop(into)] placeholder: Signal<&'static str>,
    input: ElementRef,
    /// Called with the name that the user picks from the suggestions.
    #[prop(into)]
    on_pick: Callback<String>,
    /// Called on Enter, instead of submitting the form, unless the field is empty.
    #[prop(optional, into)]
    on_enter: Option<Callback<()>>,
    /// Whether a separator ends a name, which is then picked.
    #[prop(optional)]
    split: bool,
    /// Names that are not suggested.
    #[prop(optional, into)]
    exclude: Signal<Vec<String>>,
) -> impl IntoView {
    let lang = use_language();
    let results = search_people(text);
    let suggestions = memo(move || {
        let typed = text.get();
        let exclude = exclude.get();
        let wanted = |user: &User| {
            user.name.as_str() != typed.trim() && !exclude.iter().any(|name| name == user.name.as_str())
        };
        let users = results.users.with(|users| collation::sort_by_name(lang.get(), users));
        users.into_iter().filter(wanted).take(MAX_SUGGESTIONS).collect::<Vec<_>>()
    });
    let choice = SuggestionChoice::new(text, suggestions);
    let pick = Callback::new(move |name: String| {
        choice.close();
        on_pick.run(name);
    });
    let on_keydown = move |event: leptos::ev::KeyboardEvent| {
        if is_composing(&event) {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" if choice.step(1) => event.prevent_default(),
            "ArrowUp" if choice.step(-1) => event.prevent_default(),
            // The dialog or panel around the field stays open.
            "Escape" if choice.is_open() => {
                event.prevent_default();
                choice.close();
            }
            "Enter" => match (choice.active(), on_enter) {
                (Some(user), _) => {
                    event.prevent_default();
                    pick.run(user.name.to_string());
                }
                (None, Some(on_enter)) if text.with_untracked(|text| !text.trim().is_empty()) => {
                    event.prevent_default();
                    on_enter.run(());
                }
                _ => {}
            },
            _ => {}
        }
    };
    let list_id = format!("{id}-suggestions");
    let option_id = move |index: usize| format!("{id}-suggestion-{index}");
    let active_id = Signal::derive(move || {
        choice.index.get().filter(|_| choice.shown.get()).map(option_id).unwrap_or_default()
    });
    let composing = RwSignal::new(false);
    // Separators are found in the text: those of an input method or of a pasted text come without a key.
    effect(move || {
        let typed = text.get();
        if !split || composing.get() {
            return;
        }
        if let Some((names, rest)) = typed.rsplit_once(SEPARATORS) {
            names.split(SEPARATORS).for_each(|name| on_pick.run(name.to_owned()));
            text.set(rest.trim_start().to_owned());
        }
    });
    view! {
        <div class="suggesting">
            <input
                id=id
                class="field"
                data-testid=testid
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                role="combobox"
                aria-autocomplete="list"
                aria-expanded=bool_attr(move || choice.shown.get())
                aria-controls=list_id.clone()
                aria-activedescendant=active_id
                placeholder=placeholder
                use:capture=input
                bind:value=text
                on:keydown=on_keydown
                on:compositionstart=on_event(move || composing.set(true))
                on:compositionend=on_event(move || composing.set(false))
            />
            <Show when=choice.shown>
                <ul class="suggestions" id=list_id.clone() role="listbox" data-testid="suggestions">
                    {dynamic(move || {
                        let users = suggestions.get().into_iter().enumerate();
                        let views = users.map(|(index, user)| {
                            let active = memo(move || choice.index.get() == Some(index));
                            suggestion(&user, option_id(index), active, pick)
                        });
                        views.collect_view().into_any()
                    })}
                </ul>
            </Show>
        </div>
    }
}

/// Whether the suggestions are open, and which of them the arrow keys have led to.
#[derive(Clone, Copy)]
struct SuggestionChoice {
    suggestions: Memo<Vec<User>>,
    shown: Memo<bool>,
    index: RwSignal<Option<usize>>,
    closed: RwSignal<bool>,
}

impl SuggestionChoice {
    /// None is chosen, and they are open, whenever the text or the suggestions have changed.
    fn new(text: RwSignal<String>, suggestions: Memo<Vec<User>>) -> Self {
        let (index, closed) = (RwSignal::new(None), RwSignal::new(false));
        effect(move || {
            text.track();
            suggestions.track();
            index.set(None);
            closed.set(false);
        });
        let shown = memo(move || !closed.get() && !suggestions.with(Vec::is_empty));
        Self { suggestions, shown, index, closed }
    }

    fn is_open(self) -> bool {
        self.shown.get_untracked()
    }

    fn close(self) {
        self.closed.set(true);
        self.index.set(None);
    }

    /// The suggestion that Enter takes.
    fn active(self) -> Option<User> {
        let index = self.index.get_untracked().filter(|_| self.is_open())?;
        self.suggestions.with_untracked(|users| users.get(index).cloned())
    }

    /// Moves to the next suggestion or the one before, from the last to the first. Answers whether there is one.
    fn step(self, by: isize) -> bool {
        let count = self.suggestions.with_untracked(Vec::len) as isize;
        if !self.is_open() || count == 0 {
            return false;
        }
        let from = self.index.get_untracked().map_or(if by > 0 { -1 } else { 0 }, |index| index as isize);
        self.index.set(Some((from + by).rem_euclid(count) as usize));
        true
    }
}

fn suggestion(
    user: &User,
    id: String,
    active: Memo<bool>,
    on_pick: Callback<String>,
) -> impl IntoView + use<> {
    let name = user.name.to_string();
    let hue_of = Signal::stored(hue(&name));
    view! {
        <li
            id=id
            class="suggestion"
            class:active=active
            role="option"
            aria-selected=bool_attr(move || active.get())
            data-testid="suggestion"
            data-name=name.clone()
            // The field keeps the focus.
            on:mousedown=|event: leptos::ev::MouseEvent| event.prevent_default()
            on:click=on_event(move || on_pick.run(name.clone()))
        >
            <Avatar name=Signal::stored(shown_name(user)) hue_of size=Size::Small/>
            <span dir="auto">{person_name(user)}</span>
        </li>
    }
}
