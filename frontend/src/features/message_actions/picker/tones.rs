//! The choice of a skin tone, for all emoji that have them.

use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{data::EmojiEntry, preferences};
use crate::{
    i18n::{Locale, t, td_string},
    ui::{reactive::on_event, show::bool_attr},
};

const VARIATION_SELECTOR: char = '\u{fe0f}';

type Label = fn(Locale) -> &'static str;

/// The tones, the first of which is none.
const TONES: [(&str, Label); 6] = [
    ("✋", |l| td_string!(l, emoji.tone_default)),
    ("✋🏻", |l| td_string!(l, emoji.tone_light)),
    ("✋🏼", |l| td_string!(l, emoji.tone_medium_light)),
    ("✋🏽", |l| td_string!(l, emoji.tone_medium)),
    ("✋🏾", |l| td_string!(l, emoji.tone_medium_dark)),
    ("✋🏿", |l| td_string!(l, emoji.tone_dark)),
];

/// An emoji in a skin tone: its modifier follows the first character, in place of a variation selector.
pub(super) fn with_tone(entry: &EmojiEntry, tone: usize) -> String {
    let modifier = TONES.get(tone).and_then(|(hand, _)| hand.chars().nth(1));
    let mut rest = entry.emoji.chars();
    match (modifier.filter(|_| entry.has_tones), rest.next()) {
        (Some(modifier), Some(first)) => {
            let rest = rest.as_str();
            let rest = rest.strip_prefix(VARIATION_SELECTOR).unwrap_or(rest);
            format!("{first}{modifier}{rest}")
        }
        _ => entry.emoji.clone(),
    }
}

#[component]
pub(super) fn Tones(tone: RwSignal<usize>) -> impl IntoView {
    let choose = move |index: usize| {
        tone.set(index);
        preferences::set_tone(index);
    };
    // As in a group of radio buttons, the arrows choose.
    let on_key = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => TONES.len() - 1,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        let next = (tone.get_untracked() + step) % TONES.len();
        choose(next);
        let group = event.current_target().and_then(|group| group.dyn_into::<Element>().ok());
        let button = group.and_then(|group| group.children().item(next as u32));
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            let _ = button.focus();
        }
    };
    let radio = move |index: usize| {
        let (hand, label) = TONES[index];
        view! {
            <button
                type="button"
                role="radio"
                data-testid="emoji-tone"
                aria-checked=bool_attr(move || tone.get() == index)
                tabindex=move || if tone.get() == index { "0" } else { "-1" }
                title=t(label)
                aria-label=t(label)
                on:click=on_event(move || choose(index))
            >
                {hand}
            </button>
        }
    };
    view! {
        <div class="emoji-tones emoji" role="radiogroup" aria-label=t(|l| td_string!(l, emoji.tone)) on:keydown=on_key>
            {(0..TONES.len()).map(radio).collect_view()}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_follows_the_first_character() {
        let toned = |emoji: &str, has_tones, tone| {
            let (name, words) = (String::new(), String::new());
            with_tone(&EmojiEntry { emoji: emoji.to_owned(), name, words, has_tones }, tone)
        };
        assert_eq!(toned("👍", true, 3), "👍🏽");
        assert_eq!(toned("☝️", true, 1), "☝🏻");
        assert_eq!(toned("👩‍💻", true, 5), "👩🏿‍💻");
        assert_eq!(toned("👍", true, 0), "👍");
        assert_eq!(toned("🎉", false, 3), "🎉");
        assert_eq!(toned("👍", true, 77), "👍");
    }
}
