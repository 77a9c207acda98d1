//! Folding: what two texts have in common that are found by the same query.

use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};

use crate::characters::{Kind, is_blank, is_join_control};

/// The most characters of a token; what is beyond them is not compared.
pub const MAX_FORM_CHARS: usize = 64;

/// Unicode's normal forms: of tables, or of a browser, which has its own (`String.prototype.normalize`).
pub trait Normalize {
    /// The compatibility decomposition (NFKD).
    fn nfkd(&self, text: &str) -> String;

    /// The canonical composition (NFC).
    fn nfc(&self, text: &str) -> String;
}

/// The normal forms of tables in the program.
#[derive(Clone, Copy, Debug)]
pub struct UnicodeTables;

impl Normalize for UnicodeTables {
    fn nfkd(&self, text: &str) -> String {
        text.nfkd().collect()
    }

    fn nfc(&self, text: &str) -> String {
        text.nfc().collect()
    }
}

/// The form of a word: without compatibility forms, accents, case and what no name would have.
pub(super) fn fold(text: &str, normal: &dyn Normalize) -> String {
    if text.is_ascii() {
        return text.chars().take(MAX_FORM_CHARS).map(|c| c.to_ascii_lowercase()).collect();
    }
    let decomposed = normal.nfkd(text);
    let base = decomposed.chars().filter(|c| !is_accent(*c)).map(without_stroke);
    // By way of upper case, `ß` is `ss`, and both forms of a small sigma are one.
    let lower: String = base.flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    let folded = normal.nfkd(&lower);
    let kept: String = folded
        .chars()
        .filter(|c| !is_accent(*c) && !matches!(Kind::of(*c), Kind::Other | Kind::Joiner))
        .collect();
    if kept.chars().all(|c| Kind::of(c) == Kind::Mark) {
        return String::new();
    }
    normal.nfc(&kept).chars().take(MAX_FORM_CHARS).collect()
}

/// Whether a character changes the one before it without making it another letter. The voice marks of kana and the vowel
/// signs of Indic scripts and of Thai make another one; the points of Hebrew and the vowels of Arabic do not.
fn is_accent(c: char) -> bool {
    match c {
        '\u{3099}' | '\u{309a}' => false,
        '\u{591}'..='\u{5c7}' => Kind::of(c) == Kind::Mark,
        _ if c.is_ascii() => false,
        _ if is_join_control(c) || is_blank(c) => true,
        _ => Kind::of(c) == Kind::Mark && matches!(c.script(), Script::Inherited | Script::Common),
    }
}

/// A letter without the stroke that Unicode does not decompose.
fn without_stroke(c: char) -> char {
    match c {
        'ø' | 'Ø' => 'o',
        'ł' | 'Ł' => 'l',
        'đ' | 'Đ' => 'd',
        'ħ' | 'Ħ' => 'h',
        _ => c,
    }
}
