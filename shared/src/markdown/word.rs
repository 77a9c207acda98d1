//! What characters do to the words beside them, by ranges: the page would have to download the tables of Unicode for more.
//! Tests compare them with the tables.

/// What a character is in a line of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Space,
    /// A letter or digit of a script that writes spaces between words.
    Spaced,
    /// A letter or digit of a script in which words follow each other without a space, or take endings freely.
    Unspaced,
    Punctuation,
    /// A pictograph, a mark or anything else: it neither parts nor joins words.
    Other,
}

impl Sign {
    pub(super) fn of(c: char) -> Self {
        match c {
            _ if c.is_whitespace() => Self::Space,
            _ if c.is_ascii_alphanumeric() => Self::Spaced,
            _ if c.is_ascii_punctuation() || is_punctuation(c) => Self::Punctuation,
            _ if !c.is_alphanumeric() => Self::Other,
            _ if is_unspaced(c) => Self::Unspaced,
            _ => Self::Spaced,
        }
    }
}

/// Whether a letter is of a script without spaces, or of Korean.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{fff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{1950}'..='\u{19ff}' | '\u{1a20}'..='\u{1aaf}' | '\u{2e80}'..='\u{a4cf}' | '\u{a960}'..='\u{a97f}'
        | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ffdc}' | '\u{1aff0}'..='\u{1b16f}' | '\u{1f200}'..='\u{1f2ff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character beyond ASCII is punctuation of a script that people write today.
pub(super) fn is_punctuation(c: char) -> bool {
    matches!(c,
        '¡' | '§' | '«' | '¶' | '·' | '»' | '¿' | '\u{37e}' | '\u{387}' | '\u{55a}'..='\u{55f}' | '\u{589}' | '\u{58a}'
        | '\u{5be}' | '\u{5c0}' | '\u{5c3}' | '\u{5c6}' | '\u{5f3}' | '\u{5f4}' | '\u{609}'..='\u{60d}'
        | '\u{61b}'..='\u{61f}' | '\u{66a}'..='\u{66d}' | '\u{6d4}' | '\u{700}'..='\u{70d}' | '\u{964}' | '\u{965}' | '\u{970}'
        | '\u{e4f}' | '\u{e5a}' | '\u{e5b}' | '\u{f04}'..='\u{f12}' | '\u{f3a}'..='\u{f3d}' | '\u{104a}'..='\u{104f}'
        | '\u{10fb}' | '\u{1360}'..='\u{1368}' | '\u{17d4}'..='\u{17d6}' | '\u{17d8}'..='\u{17da}' | '\u{1800}'..='\u{180a}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{207d}' | '\u{207e}' | '\u{208d}' | '\u{208e}'
        | '\u{2308}'..='\u{230b}' | '\u{2329}' | '\u{232a}' | '\u{2768}'..='\u{2775}' | '\u{27e6}'..='\u{27ef}'
        | '\u{2983}'..='\u{2998}' | '\u{2e00}'..='\u{2e2e}' | '\u{2e30}'..='\u{2e5d}' | '\u{3001}'..='\u{3003}'
        | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{3030}' | '\u{303d}' | '\u{30a0}' | '・'
        | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe52}' | '\u{fe54}'..='\u{fe6b}' | '\u{ff01}'..='\u{ff0f}'
        | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}

/// Whether a letter is Latin.
pub(super) fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, 'ª' | 'º' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

#[cfg(test)]
mod tests {
    use unicode_properties::{GeneralCategoryGroup as Group, UnicodeGeneralCategory};
    use unicode_script::{Script, UnicodeScript};

    use super::*;
    use crate::characters::Kind;

    /// The characters of the Basic Multilingual Plane, and those of a further one that have Chinese letters and emoji.
    fn characters() -> impl Iterator<Item = char> {
        ('\u{80}'..='\u{ffff}').chain('\u{1f000}'..='\u{2ffff}')
    }

    #[test]
    fn letters_are_of_the_kind_that_the_tables_have() {
        let differs = |c: &char| {
            let by_table = match Kind::of(*c) {
                Kind::Spaced => Sign::Spaced,
                Kind::Unspaced => Sign::Unspaced,
                _ => return false,
            };
            // Signs that are letters to nobody: circled ones, and digits of fractions and the like.
            c.is_alphanumeric() && Sign::of(*c) != by_table && c.script() != Script::Common
        };
        let differing: Vec<char> = characters().filter(differs).collect();
        assert!(differing.len() < 120, "{}: {differing:?}", differing.len());
        for c in "aé9жΩनع李ひカーｶㄅ가กລក".chars() {
            assert!(!differs(&c), "{c}");
        }
    }

    #[test]
    fn no_letter_is_punctuation_and_common_punctuation_is() {
        let wrong: Vec<char> = characters()
            .filter(|c| {
                is_punctuation(*c)
                    && matches!(c.general_category_group(), Group::Letter | Group::Number | Group::Mark)
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        for c in "«»‹›“”„‘’…—–·،؛؟।。，、！？：；（）《》「」『』【】〈〉〜・¿¡".chars()
        {
            assert!(is_punctuation(c), "{c}");
        }
        for c in "°€£™→🎉❤ ́".chars() {
            assert!(!is_punctuation(c), "{c}");
        }
    }

    #[test]
    fn latin_letters_are_latin() {
        for c in ('\u{80}'..='\u{24f}').chain('\u{1e00}'..='\u{1eff}').filter(|c| c.is_alphabetic()) {
            assert_eq!(is_latin(c), c.script() == Script::Latin, "{c}");
        }
    }
}
