//! The pieces that tokens are made of: words, single characters of scripts without spaces, emoji.

use std::ops::Range;

use super::fold::{Normalize, fold};
use crate::characters::{Kind, is_blank};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// A word of a script with spaces.
    Word,
    /// An emoji or another pictograph.
    Pictograph,
    /// A character of a script without spaces.
    Character {
        /// Whether it stands directly behind another one.
        follows: bool,
    },
}

/// A piece of a text: no part of it is found alone, but the beginning of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its place in the text, in bytes.
    pub range: Range<usize>,
    /// What is compared; never empty.
    pub form: String,
    /// What it is.
    pub kind: PieceKind,
}

impl Piece {
    /// Whether it is a character directly behind another one of a script without spaces.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.kind == PieceKind::Character { follows: true }
    }
}

/// The pieces of a text, in its order.
#[must_use]
pub fn pieces(text: &str, normal: &dyn Normalize) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    // Whether the piece before ends where the next one begins.
    let mut in_run = false;
    while let Some((start, c)) = chars.next() {
        let kind = match Kind::of(c) {
            Kind::Spaced => PieceKind::Word,
            Kind::Unspaced => PieceKind::Character { follows: in_run },
            Kind::Pictograph => PieceKind::Pictograph,
            Kind::Mark | Kind::Joiner | Kind::Other => {
                in_run = false;
                continue;
            }
        };
        let goes_on = |c: char| changes_piece(c) || (kind == PieceKind::Word && Kind::of(c) == Kind::Spaced);
        let mut end = start + c.len_utf8();
        while let Some((at, c)) = chars.next_if(|(_, c)| goes_on(*c)) {
            end = at + c.len_utf8();
        }
        let form = fold(&text[start..end], normal);
        in_run = matches!(kind, PieceKind::Character { .. }) && !form.is_empty();
        if !form.is_empty() {
            found.push(Piece { range: start..end, form, kind });
        }
    }
    found
}

/// Whether a character belongs to the one before it: marks, what shows nothing, the voice marks of narrow kana, and the
/// vowels and finals of Korean syllables that are written letter by letter. A space without width separates.
fn changes_piece(c: char) -> bool {
    !c.is_ascii()
        && (matches!(c, '\u{ff9e}' | '\u{ff9f}' | '\u{1160}'..='\u{11ff}')
            || Kind::of(c) == Kind::Mark
            || (is_blank(c) && c != '\u{200b}'))
}
