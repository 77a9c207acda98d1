//! Names within sentences: the direction of one is its own, and turns nothing round beside it. A sentence is a plain
//! string with isolates around its names (U+2068 to U+2069), which a view shows as `<bdi>` elements.

use confab_shared::text::turns_text;
use leptos::prelude::*;

const BEGIN: char = '\u{2068}';
const END: char = '\u{2069}';

/// A name as it stands within a sentence.
pub(crate) fn isolated(name: &str) -> String {
    format!("{BEGIN}{}{END}", unturned(name))
}

/// A text without the characters that embed, override or isolate a direction: cut short, one would lack its end.
pub(crate) fn unturned(text: &str) -> String {
    text.chars().filter(|c| !turns_text(*c)).collect()
}

/// A sentence in a view.
pub(crate) fn sentence(text: &str) -> AnyView {
    parts(text)
        .map(|(name, part)| match name {
            true => view! { <bdi>{part.to_owned()}</bdi> }.into_any(),
            false => part.to_owned().into_any(),
        })
        .collect::<Vec<_>>()
        .into_any()
}

/// The parts of a sentence, and whether each is a name.
fn parts(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let parts = text.split([BEGIN, END]).enumerate();
    parts.map(|(place, part)| (place % 2 == 1, part)).filter(|(_, part)| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_falls_into_its_names_and_the_rest() {
        let text =
            format!("{} added {} and {}", isolated("mei"), isolated("דוד"), isolated("a\u{202e}\u{2069}b"));
        let parts: Vec<_> = parts(&text).collect();
        assert_eq!(parts, [(true, "mei"), (false, " added "), (true, "דוד"), (false, " and "), (true, "ab")]);
    }

    #[test]
    fn a_text_without_names_is_one_part() {
        assert_eq!(parts("typing…").collect::<Vec<_>>(), [(false, "typing…")]);
        assert_eq!(parts("").count(), 0);
    }
}
