//! What the message field completes: people behind an `@`, and the short codes of emoji behind a colon. No text is both.

use confab_shared::markdown::is_in_code;
use leptos::prelude::*;

use super::{
    completion::{Completion, Kind, Typed},
    mentions, shortcodes,
};
use crate::{
    state::{Chat, Scope},
    ui::reactive::{ElementRef, memo},
};

/// Completes what is typed in a field.
pub(super) fn completion(chat: Chat, scope: Scope, input: ElementRef) -> Completion {
    let typed = RwSignal::new(None::<Typed>);
    let query_of = move |kind: Kind| {
        memo(move || {
            let query = |typed: &Typed| (typed.kind == kind).then(|| typed.query.clone());
            typed.with(|typed| typed.as_ref().and_then(query))
        })
    };
    let people = mentions::people(chat, scope, query_of(Kind::Person));
    let emoji = shortcodes::emoji(query_of(Kind::Emoji));
    let kind = memo(move || typed.with(|typed| typed.as_ref().map(|typed| typed.kind)));
    let candidates = memo(move || match kind.get() {
        Some(Kind::Person) => people.get(),
        Some(Kind::Emoji) => emoji.get(),
        None => Vec::new(),
    });
    Completion::new(input, begin, typed, candidates)
}

/// What is begun at the end of a text. Code mentions nobody.
fn begin(text: &str) -> Option<(Kind, usize, usize)> {
    match mentions::typed_at_end(text) {
        Some((sign, query)) => (!is_in_code(text, sign)).then_some((Kind::Person, sign, query)),
        None => shortcodes::begin(text).map(|(sign, query)| (Kind::Emoji, sign, query)),
    }
}
