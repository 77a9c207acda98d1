//! Classes of single characters, by their Unicode properties.

use unicode_properties::{
    GeneralCategory as Category, GeneralCategoryGroup as Group, UnicodeGeneralCategory,
};
use unicode_script::{Script, UnicodeScript};

/// What a character does to the word that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A letter or digit of a script that writes spaces between words.
    Spaced,
    /// A letter or digit of a script in which one word follows the other without a space, or takes endings freely.
    Unspaced,
    /// An emoji or another pictograph: a word of its own.
    Pictograph,
    /// It changes the character before it: an accent, a vowel sign, a skin tone, a joiner.
    Mark,
    /// `-`, `_` or `.`: it joins two words, and otherwise belongs to the sentence.
    Joiner,
    /// No name has it.
    Other,
}

/// The scripts of [`Kind::Unspaced`]. Korean has spaces, but particles follow a name directly.
const UNSPACED: [Script; 15] = [
    Script::Han,
    Script::Hiragana,
    Script::Katakana,
    Script::Bopomofo,
    Script::Hangul,
    Script::Yi,
    Script::Thai,
    Script::Lao,
    Script::Khmer,
    Script::Myanmar,
    Script::Tibetan,
    Script::Tai_Le,
    Script::New_Tai_Lue,
    Script::Tai_Tham,
    Script::Tai_Viet,
];

impl Kind {
    /// The kind of a character.
    pub(crate) fn of(c: char) -> Self {
        if c.is_ascii() {
            return match c {
                '-' | '_' | '.' => Self::Joiner,
                _ if c.is_ascii_alphanumeric() => Self::Spaced,
                _ => Self::Other,
            };
        }
        match c.general_category_group() {
            _ if is_join_control(c) => Self::Mark,
            _ if is_blank(c) => Self::Other,
            Group::Letter | Group::Number if is_unspaced(c) => Self::Unspaced,
            Group::Letter | Group::Number => Self::Spaced,
            Group::Mark => Self::Mark,
            Group::Symbol if c.general_category() == Category::OtherSymbol => Self::Pictograph,
            Group::Symbol if matches!(c, '\u{1f3fb}'..='\u{1f3ff}') => Self::Mark,
            Group::Symbol | Group::Punctuation | Group::Separator | Group::Other => Self::Other,
        }
    }
}

fn is_unspaced(c: char) -> bool {
    let script = c.script();
    // A sign that several scripts share, as `ー` is, is in none of them by itself.
    let scripts = c.script_extension();
    let shared = matches!(script, Script::Common | Script::Inherited)
        && !scripts.is_common()
        && !scripts.is_inherited();
    UNSPACED.iter().any(|unspaced| *unspaced == script || (shared && scripts.contains_script(*unspaced)))
}

/// Whether a character says how those beside it are joined, and shows nothing itself: U+200C and U+200D.
pub(crate) fn is_join_control(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether a character leaves no ink though it is no white space: Default_Ignorable_Code_Point (the Hangul fillers among
/// them), interlinear annotations and placeholders, the blank braille pattern, the empty note head.
#[must_use]
pub fn is_blank(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{fffe}' | '\u{ffff}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character embeds, overrides or isolates a direction: it can turn round text that is not its own.
#[must_use]
pub fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_the_categories_and_scripts() {
        for (kind, characters) in [
            (Kind::Spaced, "aZ9éжΩनع٣ａ１"),
            (Kind::Unspaced, "李〇ひカーｶㄅ가ก๓ລក"),
            (Kind::Pictograph, "🎉☕"),
            (Kind::Mark, "\u{301}\u{94d}\u{20e3}\u{1f3fd}\u{200c}\u{200d}"),
            (Kind::Joiner, "-_."),
            (Kind::Other, "@，：。！？、…—’“”「」（）《》·$€+＠ \u{3000}\u{200b}\u{3164}\u{fe0f}\u{e000}"),
        ] {
            for c in characters.chars() {
                assert_eq!(Kind::of(c), kind, "{c:?}");
            }
        }
    }

    #[test]
    fn what_should_be_ignored_is_blank() {
        for c in
            "\u{ad}\u{200b}\u{200d}\u{2060}\u{2800}\u{3164}\u{115f}\u{ffa0}\u{fe0f}\u{feff}\u{e0020}".chars()
        {
            assert!(is_blank(c), "{c:?}");
        }
        assert!(!"a李🎉\u{301}\u{fffd}.".chars().any(is_blank));
    }
}
