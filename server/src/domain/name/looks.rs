//! What a name looks like (UTS 39, 4), and beyond Unicode's table two kinds of marks that hardly change a letter.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup as Group, UnicodeGeneralCategory};
use unicode_security::confusable_detection;

const DOT_ABOVE: char = '\u{307}';

/// What a name looks like, of its key: two names with the same skeleton can be mistaken for each other.
pub fn skeleton(name_key: &str) -> String {
    prototypes(&without_overlays(name_key))
}

/// What a text looks like where its capital letters are what they resemble, in lower case (`Ivan`, `lvan`).
pub(super) fn skeleton_of_capitals(text: &str, lower: impl Fn(&str) -> String) -> String {
    // A prototype may have a stroke of its own (`ø`), which stays.
    prototypes(&lower(&skeleton(text)))
}

/// A text in which every character is the first of those that look like it.
fn prototypes(text: &str) -> String {
    without_dots(confusable_detection::skeleton(text))
}

/// A text without the strokes that cross its letters.
fn without_overlays(text: &str) -> String {
    text.nfd().filter(|c| !matches!(c, '\u{334}'..='\u{338}')).collect()
}

/// A text without the dots above letters that have one, or that look as if they had.
fn without_dots(text: impl Iterator<Item = char>) -> String {
    let mut has_a_dot = false;
    let mut is_seen = |c: char| {
        if c.general_category_group() != Group::Mark {
            has_a_dot = matches!(c, 'i' | 'ı' | 'j' | 'ȷ');
        }
        c != DOT_ABOVE || !has_a_dot
    };
    text.filter(|c| is_seen(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_strokes_are_seen_where_they_make_another_letter() {
        for (one, other) in [("ż", "z"), ("ø", "o"), ("ł", "l"), ("ė", "e"), ("\u{457}", "i")] {
            assert_ne!(skeleton(one), skeleton(other), "{one}");
        }
        for (one, other) in [("\u{456}\u{307}", "i"), ("i\u{323}\u{307}", "ị"), ("o\u{338}", "o")] {
            assert_eq!(skeleton(one), skeleton(other), "{one}");
        }
    }
}
