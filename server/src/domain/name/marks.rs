//! How many combining marks a letter may have. More of them cover the text around it, and hide what the letter is.

use unicode_properties::{
    GeneralCategory as Category, GeneralCategoryGroup as Group, UnicodeGeneralCategory,
};

/// The most marks above, below or within one letter. Hebrew with points and Vietnamese have three.
const MAX_MARKS: usize = 3;

/// Whether every mark of a name follows something that it can stand on, and none has too many. Marks with a place of their
/// own in the line, as many vowels of Indian scripts are, do not count.
pub(super) fn have_a_letter(name: &str) -> bool {
    let (mut has_letter, mut marks) = (false, 0);
    name.chars().all(|c| {
        if c.general_category_group() != Group::Mark {
            has_letter = !c.is_whitespace() && !matches!(c, '-' | '_' | '.');
            marks = 0;
            return true;
        }
        marks += usize::from(c.general_category() != Category::SpacingMark);
        has_letter && marks <= MAX_MARKS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_has_a_few_marks() {
        for name in [
            "mei",
            "Việt",
            "Vie\u{302}\u{323}t",
            "שּׁ\u{5b8}",
            "မြွှာ",
            "ကျွန်ုပ်",
            "རྒྱུ",
            "ที่",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
        ] {
            assert!(have_a_letter(name), "{name}");
        }
        let high = format!("a{}", "\u{301}".repeat(63));
        for name in ["\u{301}a", "a \u{301}", "a.\u{301}", &high, "a\u{301}\u{302}\u{303}\u{304}b"] {
            assert!(!have_a_letter(name), "{name}");
        }
    }
}
