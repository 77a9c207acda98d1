//! Filters, in words.

use confab_shared::{
    id::Timestamp,
    search_query::{Date, Has, Is, Person, Place, TermKind},
};

use leptos::prelude::*;

use super::{completion::Key, query::Filter};
use crate::{
    features::conversations::display_name::name_of,
    i18n::{Locale, dates, td_string},
    platform::clock,
    state::Chat,
    ui::{
        bidi::{isolate, strip_direction_controls},
        person_name::shown_name,
    },
};

/// The name of a filter, as the buttons and chips have it.
pub(super) fn key_label(locale: Locale, key: Key) -> &'static str {
    match key {
        Key::From => td_string!(locale, search.from),
        Key::In => td_string!(locale, search.within),
        Key::Has => td_string!(locale, search.has),
        Key::Is => td_string!(locale, search.is),
        Key::Before => td_string!(locale, search.before),
        Key::After => td_string!(locale, search.after),
    }
}

/// What a filter is for.
pub(super) fn key_hint(locale: Locale, key: Key) -> &'static str {
    match key {
        Key::From => td_string!(locale, search.from_hint),
        Key::In => td_string!(locale, search.within_hint),
        Key::Has => td_string!(locale, search.has_hint),
        Key::Is => td_string!(locale, search.is_hint),
        Key::Before => td_string!(locale, search.before_hint),
        Key::After => td_string!(locale, search.after_hint),
    }
}

pub(super) fn has_label(locale: Locale, has: Has) -> &'static str {
    match has {
        Has::File => td_string!(locale, search.file),
        Has::Image => td_string!(locale, search.image),
        Has::Link => td_string!(locale, search.link),
        Has::Reaction => td_string!(locale, search.reaction),
    }
}

pub(super) fn is_label(locale: Locale, is: Is) -> &'static str {
    match is {
        Is::Pinned => td_string!(locale, search.pinned),
        Is::Thread => td_string!(locale, search.thread),
    }
}

/// A day, in the reader's format.
pub(super) fn day_label(locale: Locale, day: Date) -> String {
    // At noon: never the day before or after.
    let noon = Timestamp(day.start(clock::utc_offset()).0 + 12 * 60 * 60 * 1_000);
    dates::day_of_year(locale, noon)
}

/// A filter: its name, with the sign of negation, and what it asks for, isolated.
pub(super) fn filter_label(locale: Locale, chat: Chat, filter: &Filter) -> String {
    let (key, value) = match &filter.kind {
        TermKind::From(person) => (Key::From, person_label(locale, chat, person)),
        TermKind::In(place) => (Key::In, place_label(locale, chat, place)),
        TermKind::Has(has) => (Key::Has, has_label(locale, *has).to_owned()),
        TermKind::Is(is) => (Key::Is, is_label(locale, *is).to_owned()),
        TermKind::Before(day) => (Key::Before, day_label(locale, *day)),
        TermKind::After(day) => (Key::After, day_label(locale, *day)),
        TermKind::Word(_) | TermKind::Phrase(_) => return filter.source.clone(),
    };
    let (key, value) = (key_label(locale, key), isolate(&value));
    match filter.negated {
        true => td_string!(locale, search.not, name = key.to_lowercase(), value = value).to_string(),
        false => td_string!(locale, search.filter, name = key, value = value).to_string(),
    }
}

fn person_label(locale: Locale, chat: Chat, person: &Person) -> String {
    match person {
        Person::Me => td_string!(locale, search.me).to_owned(),
        Person::Id(id) => chat.person(*id).map_or_else(|| format!("#{id}"), |user| shown_name(&user)),
        Person::Name(name) => strip_direction_controls(name),
    }
}

fn place_label(locale: Locale, chat: Chat, place: &Place) -> String {
    match place {
        Place::Id(id) => {
            let name = chat.state.with(|state| name_of(locale, state, *id));
            name.unwrap_or_else(|| format!("#{id}"))
        }
        Place::Name(name) => strip_direction_controls(name),
    }
}
