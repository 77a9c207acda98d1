//! The tokenizer of search: what a text is cut into, the same for the index, for a query and for what the page marks.
//!
//! Scripts with spaces give words. Scripts without (Chinese, Japanese, Korean, Thai and others) give overlapping pairs of
//! characters and the last single character, so that any part of a run can be found: one of two or more characters by its
//! pairs, one of a single character as the beginning of a token. Emoji are tokens of their own; punctuation is none.

mod fold;
mod piece;

use std::ops::Range;

pub use self::{
    fold::{MAX_FORM_CHARS, Normalize, UnicodeTables},
    piece::{Piece, PieceKind, pieces},
};

/// A token of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its place in the text, in bytes.
    pub range: Range<usize>,
    /// What is compared: without case, accents and compatibility forms.
    pub form: String,
}

/// The tokens of a text, in its order.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> {
    tokens_of(pieces(text, &UnicodeTables))
}

/// The tokens of the pieces of a text.
pub fn tokens_of(pieces: Vec<Piece>) -> impl Iterator<Item = Token> {
    let mut pieces = pieces.into_iter().peekable();
    std::iter::from_fn(move || {
        let Piece { range, form, .. } = pieces.next()?;
        Some(match pieces.peek() {
            Some(next) if next.follows() => {
                Token { range: range.start..next.range.end, form: form + &next.form }
            }
            _ => Token { range, form },
        })
    })
}

#[cfg(test)]
mod tests;
