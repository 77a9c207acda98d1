//! The completions of the field of the search: what is offered, and which one the keyboard is at.

use confab_shared::user::User;
use leptos::prelude::*;

use super::{
    completion::{Candidate, Key, Typed, days, facts},
    focus::focus_at_end,
    results::Found,
    searching::Search,
};
use crate::{
    features::{
        conversations::order::{FoldedNames, ranked},
        people::search_people,
    },
    i18n::{
        collation::{self, fold},
        td_string, use_language,
    },
    platform::clock,
    ui::{
        initials::hue,
        person_name::{shown_name, unique_name},
        reactive::{effect, memo},
    },
};

/// How many people or conversations are offered.
const MAX_OFFERED: usize = 6;

/// The completions of the field. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Completions {
    search: Search,
    pub(super) typed: Memo<Option<Typed>>,
    pub(super) candidates: Memo<Vec<Candidate>>,
    /// Whether the list is open.
    pub(super) shown: Memo<bool>,
    /// The chosen one.
    pub(super) index: RwSignal<Option<usize>>,
    /// Closed by hand.
    pub(super) closed: RwSignal<bool>,
}

impl Completions {
    pub(super) fn new(search: Search) -> Self {
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
    pub(super) fn on_key(self, key: &str) -> bool {
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
    pub(super) fn take(self, index: usize) {
        let candidate = self.candidates.with_untracked(|candidates| candidates.get(index).cloned());
        candidate.into_iter().for_each(|candidate| self.put(&candidate));
    }

    pub(super) fn put(self, candidate: &Candidate) {
        if let Some(typed) = self.typed.get_untracked() {
            let text = self.search.query.with_untracked(|query| typed.replaced(&query.text, candidate));
            self.search.type_text(&text);
            focus_at_end();
        }
    }

    /// The id of the chosen completion; none while the list is closed.
    pub(super) fn active_id(self) -> Signal<Option<String>> {
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

/// The id of a completion in the document.
pub(super) fn option_id(index: usize) -> String {
    format!("search-completion-{index}")
}
