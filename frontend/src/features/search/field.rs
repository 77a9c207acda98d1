//! The field of the search: filters as chips, what is typed behind them, and completions below. The keyboard stays in the field.

use confab_shared::{
    search_query::{Has, Is},
    user::User,
};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{
    CompositionEvent, Element, FocusEvent, HtmlElement, HtmlInputElement, InputEvent, KeyboardEvent,
};

use super::{
    completion::{Candidate, Key, Typed, day_of, days, facts},
    keys::{FIELD_ID, focus_field},
    labels::{day_label, filter_label, has_label, is_label, key_hint, key_label},
    query::{Filter, Query},
    results::Found,
    searching::Search,
};
use crate::{
    features::{
        conversations::{
            conversation_avatar::ConversationAvatar,
            display_name::use_display_name,
            order::{FoldedNames, ranked},
        },
        people::search_people,
    },
    i18n::{
        Locale,
        collation::{self, fold},
        t, t_fmt, td_string, use_language,
    },
    platform::{
        browser::{document, on_next_frame},
        clock,
        input_method::is_composing,
    },
    ui::{
        avatar::{Avatar, Size},
        bidi::render_isolated,
        icon::{Icon, IconView},
        initials::hue,
        person_name::{shown_name, unique_name},
        reactive::{ElementRef, capture, effect, memo, on_event},
        show::{Show, bool_attr, dynamic, optional_attr},
    },
};

/// The id of the list of completions.
const LIST_ID: &str = "search-completions";

/// How many people or conversations are offered.
const MAX_OFFERED: usize = 6;

/// The completions of the field. Cheap to copy.
#[derive(Clone, Copy)]
struct Completions {
    search: Search,
    typed: Memo<Option<Typed>>,
    candidates: Memo<Vec<Candidate>>,
    /// Whether the list is open.
    shown: Memo<bool>,
    /// The chosen one.
    index: RwSignal<Option<usize>>,
    /// Closed by hand.
    closed: RwSignal<bool>,
}

impl Completions {
    fn new(search: Search) -> Self {
        let typed = memo(move || search.query.with(|query| Typed::at_end_of(&query.text)));
        let candidates = candidates(search, typed);
        let (index, closed) = (RwSignal::new(None), RwSignal::new(false));
        effect(move || {
            let of_value = typed.with(|typed| typed.as_ref().is_some_and(|typed| typed.key.is_some()));
            // The name of a filter may be a word: nothing is chosen yet.
            index.set(of_value.then_some(0));
            closed.set(false);
        });
        let shown =
            memo(move || typed.with(Option::is_some) && !closed.get() && !candidates.with(Vec::is_empty));
        Self { search, typed, candidates, shown, index, closed }
    }

    /// Handles a key of the field; answers whether it was the list's.
    fn on_key(self, key: &str) -> bool {
        if !self.shown.get_untracked() {
            return false;
        }
        match (key, self.index.get_untracked()) {
            ("ArrowDown", _) => self.step(1),
            ("ArrowUp", Some(_)) => self.step(-1),
            ("Enter" | "Tab", Some(index)) => self.take(index),
            ("Escape", _) => self.closed.set(true),
            _ => return false,
        }
        true
    }

    fn step(self, by: isize) {
        let count = self.candidates.with_untracked(Vec::len).max(1) as isize;
        let from = self.index.get_untracked().map_or(-1, |index| index as isize);
        self.index.set(Some((from + by).rem_euclid(count) as usize));
    }

    /// Puts a completion in the place of what was typed.
    fn take(self, index: usize) {
        let candidate = self.candidates.with_untracked(|candidates| candidates.get(index).cloned());
        candidate.into_iter().for_each(|candidate| self.put(&candidate));
    }

    fn put(self, candidate: &Candidate) {
        if let Some(typed) = self.typed.get_untracked() {
            let text = self.search.query.with_untracked(|query| typed.replaced(&query.text, candidate));
            self.search.type_text(&text);
            focus_at_end();
        }
    }

    /// The id of the chosen completion; none while the list is closed.
    fn active_id(self) -> Signal<Option<String>> {
        Signal::derive(move || self.index.get().filter(|_| self.shown.get()).map(option_id))
    }
}

/// The completions of what is typed.
fn candidates(search: Search, typed: Memo<Option<Typed>>) -> Memo<Vec<Candidate>> {
    let lang = use_language();
    let chat = search.chat;
    let name = RwSignal::new(String::new());
    effect(move || {
        let of_person = |typed: &Option<Typed>| {
            let typed = typed.as_ref().filter(|typed| typed.key == Some(Key::From));
            typed.map(|typed| typed.value.trim_start_matches('@').to_owned()).unwrap_or_default()
        };
        name.set(typed.with(of_person));
    });
    let people = search_people(name);
    let names = StoredValue::new(FoldedNames::new(fold));
    memo(move || {
        let Some(typed) = typed.get() else { return Vec::new() };
        let Some(key) = typed.key else { return typed.keys() };
        match key {
            Key::From => {
                let me = "me".starts_with(&typed.value.to_lowercase()).then_some(Candidate::Me);
                let users = match name.with(|name| name.trim().is_empty()) {
                    true => known_people(search),
                    false => people.users.with(|users| collation::sort_by_name(lang.get(), users)),
                };
                me.into_iter().chain(users.iter().take(MAX_OFFERED).map(person)).collect()
            }
            Key::In => {
                let (query, everyone) = (fold(&typed.value), td_string!(lang.get(), conversation.everyone));
                let found =
                    |names: &mut FoldedNames| chat.state.with(|state| ranked(state, &query, everyone, names));
                let found = names.try_update_value(found).unwrap_or_default();
                found.into_iter().take(MAX_OFFERED).map(|(id, _)| Candidate::Conversation(id)).collect()
            }
            Key::Has | Key::Is => facts(key, &typed.value),
            Key::Before | Key::After => {
                days(key, &typed.value, chat.now.get_untracked(), clock::utc_offset())
            }
        }
    })
}

/// The authors of what was found, and then the people of the user's direct conversations, the latest first; the user left out.
fn known_people(search: Search) -> Vec<User> {
    let authors = search.found.with(|found| found.as_ref().map(Found::authors).unwrap_or_default());
    search.chat.state.with(|state| {
        let peers = state.list().into_iter().filter_map(|conversation| conversation.peer);
        let mut known = vec![state.me().map(|me| me.id).unwrap_or_default()];
        for id in authors.into_iter().chain(peers) {
            if !known.contains(&id) {
                known.push(id);
            }
        }
        known.into_iter().skip(1).filter_map(|id| state.user(id).cloned()).take(MAX_OFFERED).collect()
    })
}

fn person(user: &User) -> Candidate {
    Candidate::Person {
        name: user.name.to_string(),
        shown: shown_name(user),
        unique: unique_name(user),
        hue: hue(user.name.as_str()),
    }
}

#[component]
pub(super) fn Field(search: Search) -> impl IntoView {
    let completions = Completions::new(search);
    let input = ElementRef::new();
    let text = memo(move || search.query.with(|query| query.text.clone()));
    let read = move || {
        if let Some(input) = input.get_untracked::<HtmlInputElement>() {
            search.type_text(&input.value());
            // A filter that was pasted whole leaves the text as it was before.
            let text = text.get_untracked();
            if input.value() != text {
                input.set_value(&text);
            }
        }
    };
    // What an input method composes is no text yet.
    let on_input = move |event: ev::Event| {
        if !event.dyn_ref::<InputEvent>().is_some_and(InputEvent::is_composing) {
            read();
        }
    };
    let on_keydown = move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        if is_composing(&event) || modified {
            return;
        }
        if completions.on_key(&event.key()) || on_key(search, input, &event.key()) {
            event.prevent_default();
            // Escape closes nothing else.
            event.stop_propagation();
        }
    };
    let on_focusout = move |event: FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<Element>().ok());
        if to.is_none_or(|to| to.closest(".search-field").is_ok_and(|field| field.is_none())) {
            completions.closed.set(true);
        }
    };
    let clear = move || {
        search.query.set(Default::default());
        focus_field(FIELD_ID);
    };
    view! {
        <div class="search-field" role="search" on:focusout=on_focusout>
            <div class="search-box">
                <IconView icon=Icon::Search/>
                <Chips search/>
                <input
                    id=FIELD_ID
                    type="text"
                    data-testid="search-field"
                    use:capture=input
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    enterkeyhint="search"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-controls=optional_attr(move || completions.shown.get().then_some(LIST_ID))
                    aria-expanded=bool_attr(move || completions.shown.get())
                    aria-activedescendant=completions.active_id()
                    placeholder=t(|l| td_string!(l, search.title))
                    aria-label=t(|l| td_string!(l, search.title))
                    prop:value=text
                    on:input=on_input
                    on:compositionend=move |_: CompositionEvent| read()
                    on:keydown=on_keydown
                    on:focus=on_event(move || completions.closed.set(false))
                />
                <Show when=move || !search.query.with(|query| query.is_empty())>
                    <button
                        class="filter-clear"
                        type="button"
                        data-testid="search-clear"
                        aria-label=t(|l| td_string!(l, sidebar.clear))
                        on:click=on_event(clear)
                    >
                        <IconView icon=Icon::Close/>
                    </button>
                </Show>
            </div>
            <CompletionList completions/>
        </div>
    }
}

/// Handles a key of the field that was not the completions'.
fn on_key(search: Search, input: ElementRef, key: &str) -> bool {
    let is_empty = || search.query.with_untracked(|query| query.is_empty());
    match key {
        "Enter" => search.submit(),
        "ArrowDown" => focus_first(),
        "Escape" if is_empty() => search.route.leave(),
        "Escape" => search.query.set(Default::default()),
        "Backspace" => {
            let at_start = input
                .get_untracked::<HtmlInputElement>()
                .is_some_and(|input| input.selection_end().is_ok_and(|end| end == Some(0)));
            let count = search.query.with_untracked(|query| query.filters.len());
            if !at_start || count == 0 {
                return false;
            }
            search.query.update(|query| {
                *query = match query.text.is_empty() {
                    true => query.reopened(),
                    false => query.without(count - 1),
                };
            });
        }
        _ => return false,
    }
    true
}

/// The filters, each to be turned into its opposite or removed.
#[component]
fn Chips(search: Search) -> impl IntoView {
    let lang = use_language();
    let filters = memo(move || search.query.with(|query| query.filters.clone()));
    view! {
        <Show when=move || !filters.with(Vec::is_empty)>
            <ul class="search-chips" aria-label=t(|l| td_string!(l, search.filters))>
                {dynamic(move || {
                    let chip = |(index, filter)| {
                        let filter: Filter = filter;
                        let label = filter_label(lang.get(), search.chat, &filter);
                        let plain: String = label.chars().filter(|c| !matches!(c, '\u{2068}' | '\u{2069}')).collect();
                        let remove = td_string!(lang.get(), search.remove_filter, filter = plain).to_string();
                        let change = move |change: fn(&Query, usize) -> Query| {
                            search.query.update(|query| *query = change(query, index));
                            focus_field_end();
                        };
                        view! {
                            <li class="search-chip" class:negated=filter.negated data-testid="search-chip" data-filter=filter.source.clone()>
                                <button
                                    type="button"
                                    aria-pressed=if filter.negated { "true" } else { "false" }
                                    title=t(|l| td_string!(l, search.negate))
                                    on:click=on_event(move || change(Query::negated))
                                >
                                    {render_isolated(&label)}
                                </button>
                                <button
                                    class="search-chip-remove"
                                    type="button"
                                    aria-label=remove
                                    on:click=on_event(move || change(Query::without))
                                >
                                    <IconView icon=Icon::Close/>
                                </button>
                            </li>
                        }
                    };
                    filters.get().into_iter().enumerate().map(chip).collect_view().into_any()
                })}
            </ul>
        </Show>
    }
}

/// The completions below the field, and for a day a calendar.
#[component]
fn CompletionList(completions: Completions) -> impl IntoView {
    let Completions { typed, candidates, .. } = completions;
    let key = memo(move || typed.with(|typed| typed.as_ref().and_then(|typed| typed.key)));
    let label =
        t_fmt(move |l| key.get().map_or(td_string!(l, search.filters), |key| key_label(l, key)).to_owned());
    let day_key = memo(move || key.get().filter(|key| matches!(key, Key::Before | Key::After)));
    let pick = move |event: ev::Event| {
        let value = event
            .target()
            .and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
            .map(|input| input.value());
        let day = value.and_then(|value| day_of(&value));
        if let (Some(key), Some(day)) = (day_key.get_untracked(), day) {
            completions.put(&Candidate::Day(key, day, None));
        }
    };
    view! {
        <Show when=move || completions.shown.get() || (day_key.get().is_some() && !completions.closed.get())>
            <div class="search-completions">
                <Show when=completions.shown>
                    <ul id=LIST_ID role="listbox" aria-label=label data-testid="search-completions">
                        {dynamic(move || {
                            let all = candidates.get().into_iter().enumerate();
                            all.map(|(at, candidate)| option(completions, at, candidate)).collect_view().into_any()
                        })}
                    </ul>
                </Show>
                <Show when=move || day_key.get().is_some()>
                    <label class="search-day">
                        {t(|l| td_string!(l, search.pick_day))}
                        <input type="date" data-testid="search-day" on:change=pick/>
                    </label>
                </Show>
            </div>
        </Show>
    }
}

fn option(completions: Completions, at: usize, candidate: Candidate) -> AnyView {
    let active = memo(move || completions.index.get() == Some(at));
    let source = candidate.source();
    view! {
        <li
            id=option_id(at)
            class="suggestion"
            class:active=active
            role="option"
            aria-selected=bool_attr(move || active.get())
            data-testid="search-completion"
            data-source=source.trim_end().to_owned()
            // The field keeps the focus.
            on:mousedown=|event: ev::MouseEvent| event.prevent_default()
            on:click=on_event(move || completions.take(at))
        >
            {content(candidate)}
        </li>
    }
    .into_any()
}

/// What is shown of a completion.
fn content(candidate: Candidate) -> AnyView {
    match candidate {
        Candidate::Key(key) => view! {
            <code class="search-key">{format!("{}:", key.word())}</code>
            <span class="completion-label">{t_fmt(move |l| key_hint(l, key).to_owned())}</span>
        }
        .into_any(),
        Candidate::Me => view! {
            <span class="search-fact" aria-hidden="true"><IconView icon=Icon::People/></span>
            <span class="completion-label">{t(|l| td_string!(l, search.me))}</span>
        }
        .into_any(),
        Candidate::Person { shown, unique, hue, .. } => view! {
            <Avatar name=Signal::stored(shown.clone()) hue_of=Signal::stored(hue) size=Size::Small/>
            <span class="completion-label"><bdi>{shown}</bdi> " " {unique.map(|unique| view! { <small class="unique-name" dir="auto">{unique}</small> })}</span>
        }
        .into_any(),
        Candidate::Conversation(id) => {
            let name = use_display_name(id);
            view! {
                <ConversationAvatar id size=Size::Small/>
                <span class="completion-label">{dynamic(move || name.with(|name| render_isolated(name)))}</span>
            }
            .into_any()
        }
        Candidate::Has(has) => fact(fact_icon(has), t_fmt(move |l| has_label(l, has).to_owned())),
        Candidate::Is(is) => {
            let icon = match is {
                Is::Pinned => Icon::Pin,
                Is::Thread => Icon::Thread,
            };
            fact(icon, t_fmt(move |l| is_label(l, is).to_owned()))
        }
        Candidate::Day(_, day, ago) => {
            let when = move |l: Locale| match ago {
                Some(0) => Some(td_string!(l, timeline.today).to_owned()),
                Some(1) => Some(td_string!(l, timeline.yesterday).to_owned()),
                Some(7) => Some(td_string!(l, search.week).to_owned()),
                Some(30) => Some(td_string!(l, search.month).to_owned()),
                Some(365) => Some(td_string!(l, search.year).to_owned()),
                _ => None,
            };
            view! {
                <span class="completion-label">
                    {t_fmt(move |l| when(l).unwrap_or_else(|| day_label(l, day)))}
                </span>
                <small class="completion-note">{day.to_string()}</small>
            }
            .into_any()
        }
    }
}

fn fact_icon(has: Has) -> Icon {
    match has {
        Has::File => Icon::File,
        Has::Image => Icon::Picture,
        Has::Link => Icon::Link,
        Has::Reaction => Icon::React,
    }
}

fn fact(icon: Icon, label: Signal<String>) -> AnyView {
    view! {
        <span class="search-fact" aria-hidden="true"><IconView icon/></span>
        <span class="completion-label">{label}</span>
    }
    .into_any()
}

fn option_id(index: usize) -> String {
    format!("search-completion-{index}")
}

/// Moves the keyboard to the first hit, or to the first of the recent searches.
fn focus_first() {
    let first = document().query_selector("[data-hit] a, .search-recent a").ok().flatten();
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        let _ = first.focus();
    }
}

/// Moves the keyboard to the end of the field, once it has its text.
pub(super) fn focus_at_end() {
    on_next_frame(focus_field_end);
}

/// Moves the keyboard to the end of the field.
pub(super) fn focus_field_end() {
    let field = document().get_element_by_id(FIELD_ID);
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        let _ = AsRef::<HtmlElement>::as_ref(&field).focus();
        let end = field.value().encode_utf16().count() as u32;
        let _ = field.set_selection_range(end, end);
    }
}

/// The buttons that begin a filter.
#[component]
pub(super) fn FilterButtons(search: Search) -> impl IntoView {
    let begin = move |key: Key| {
        search.query.update(|query| {
            let text = query.text.trim_end();
            let space = if text.is_empty() { "" } else { " " };
            query.text = format!("{text}{space}{}:", key.word());
        });
        focus_at_end();
    };
    view! {
        <div class="search-filters" role="group" aria-label=t(|l| td_string!(l, search.filters))>
            {Key::ALL
                .map(|key| view! {
                    <button
                        type="button"
                        data-testid=format!("filter-{}", key.word())
                        title=t_fmt(move |l| key_hint(l, key).to_owned())
                        on:click=on_event(move || begin(key))
                    >
                        {t_fmt(move |l| key_label(l, key).to_owned())}
                    </button>
                })
                .collect_view()}
        </div>
    }
}
