//! Names of any writing direction within sentences. A sentence is a string in which names stand between the Unicode
//! isolates U+2068 and U+2069; views render each name as a `<bdi>` element, so that it does not reorder its surroundings.

use confab_shared::text::turns_text;
use leptos::prelude::*;

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// A name to insert into a sentence.
pub(crate) fn isolate(name: &str) -> String {
    format!("{FIRST_STRONG_ISOLATE}{}{POP_ISOLATE}", strip_direction_controls(name))
}

/// A text without characters that embed, override or isolate a direction: a truncated text would lack their end.
pub(crate) fn strip_direction_controls(text: &str) -> String {
    text.chars().filter(|c| !turns_text(*c)).collect()
}

/// The view of a sentence.
pub(crate) fn render_isolated(sentence: &str) -> AnyView {
    parts(sentence)
        .map(|(isolated, part)| match isolated {
            true => view! { <bdi>{part.to_owned()}</bdi> }.into_any(),
            false => part.to_owned().into_any(),
        })
        .collect::<Vec<_>>()
        .into_any()
}

/// The parts of a sentence, and whether each is isolated.
fn parts(sentence: &str) -> impl Iterator<Item = (bool, &str)> {
    let parts = sentence.split([FIRST_STRONG_ISOLATE, POP_ISOLATE]).enumerate();
    parts.map(|(index, part)| (index % 2 == 1, part)).filter(|(_, part)| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_separated_from_the_rest_of_a_sentence() {
        let text =
            format!("{} added {} and {}", isolate("mei"), isolate("דוד"), isolate("a\u{202e}\u{2069}b"));
        let parts: Vec<_> = parts(&text).collect();
        assert_eq!(parts, [(true, "mei"), (false, " added "), (true, "דוד"), (false, " and "), (true, "ab")]);
    }

    #[test]
    fn a_sentence_without_names_is_one_part() {
        assert_eq!(parts("typing…").collect::<Vec<_>>(), [(false, "typing…")]);
        assert_eq!(parts("").count(), 0);
    }
}
