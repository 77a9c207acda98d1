//! Where a name may have U+200C (zero width non-joiner) and U+200D (zero width joiner), which show nothing themselves: in
//! the contexts of RFC 5892, appendix A.1 and A.2. There they change how a word is written; elsewhere nobody sees them.

use icu_properties::{
    CodePointMapData,
    props::{CanonicalCombiningClass, JoiningType},
};

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';

/// Whether every joiner of a name has an effect.
pub(super) fn have_an_effect(name: &str) -> bool {
    name.match_indices([NON_JOINER, JOINER]).all(|(at, control)| {
        let (before, behind) = (&name[..at], &name[at + control.len()..]);
        follows_virama(before) || control.starts_with(NON_JOINER) && breaks_a_connection(before, behind)
    })
}

/// Whether a text ends with the sign that takes the vowel from a letter of an Indian script: a joiner chooses the form of
/// the letters beside it.
fn follows_virama(text: &str) -> bool {
    let classes = CodePointMapData::<CanonicalCombiningClass>::new();
    text.chars().next_back().is_some_and(|c| classes.get(c) == CanonicalCombiningClass::Virama)
}

/// Whether the letters at the end of one text and at the start of another would be connected, as in Arabic.
fn breaks_a_connection(before: &str, behind: &str) -> bool {
    let types = CodePointMapData::<JoiningType>::new();
    let letter = |joining: &JoiningType| *joining != JoiningType::Transparent;
    let last = before.chars().rev().map(|c| types.get(c)).find(letter);
    let first = behind.chars().map(|c| types.get(c)).find(letter);
    matches!(last, Some(JoiningType::LeftJoining | JoiningType::DualJoining))
        && matches!(first, Some(JoiningType::RightJoining | JoiningType::DualJoining))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joiner_has_an_effect_in_its_context() {
        for name in [
            "plain",
            "علی\u{200c}رضا",
            "نمی\u{200c}خواهم",
            // With vowel signs beside it.
            "بی\u{650}\u{200c}\u{64e}بی",
            "ශ්\u{200d}රී",
            "क्\u{200d}ष",
            "क्\u{200c}ष",
            // Mongolian: a letter that is connected on both sides.
            "\u{1820}\u{200c}\u{1820}",
        ] {
            assert!(have_an_effect(name), "{name:?}");
        }
        for name in [
            "é\u{200c}é",
            "李\u{200d}雷",
            "👩\u{200d}👧",
            // A non-joiner after a letter that is not connected with the next, and before one that nothing is.
            "ا\u{200c}ب",
            "ب\u{200c}ء",
            "علی\u{200d}رضا",
            "क\u{200d}ष",
            "क\u{200c}ष",
            "ب\u{200c}\u{200c}ب",
        ] {
            assert!(!have_an_effect(name), "{name:?}");
        }
    }
}
