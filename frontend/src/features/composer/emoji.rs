//! The completions of short codes of emoji.

use leptos::prelude::*;

use super::{
    completion::{Candidate, Completion, Typed},
    shortcodes::Entry,
    writing::writing,
};
use crate::ui::reactive::{ElementRef, memo};

/// Completes the codes of a field. A list opens once the codes are fetched.
pub(super) fn completion(input: ElementRef) -> Completion {
    let typed = RwSignal::new(None::<Typed>);
    let candidates = memo(move || {
        let offered = writing().and_then(|writing| {
            typed.with(|typed| typed.as_ref().map(|typed| (writing.offered)(&typed.query)))
        });
        offered.unwrap_or_default().into_iter().map(candidate).collect()
    });
    Completion::new(input, |text| (writing()?.begin)(text), typed, candidates)
}

fn candidate((code, emoji): Entry) -> Candidate {
    Candidate { text: emoji, label: format!(":{code}:"), detail: None, hue: 0, note: None }
}
