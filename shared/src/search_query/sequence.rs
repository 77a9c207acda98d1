//! Pieces that follow each other: what a word or a phrase of a query asks for.

use crate::tokens::{Normalize, Piece, PieceKind, pieces, tokens_of};

/// Pieces that have to follow each other in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    pieces: Vec<Piece>,
    prefix: bool,
}

/// A token that every text has in which a sequence is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// A token of this form.
    Token(String),
    /// A token that is a word and begins so.
    WordPrefix(String),
    /// A token whose first character is this one, of a script without spaces.
    Character(String),
}

impl Sequence {
    /// The pieces of a text; none where it has none. With `prefix` its last word may go on.
    pub(super) fn new(text: &str, prefix: bool, normal: &dyn Normalize) -> Option<Self> {
        let pieces = pieces(text, normal);
        (!pieces.is_empty()).then_some(Self { pieces, prefix })
    }

    /// The tokens that every text has in which it is found.
    #[must_use]
    pub fn needed(&self) -> Vec<Needed> {
        let tokens: Vec<_> = tokens_of(self.pieces.clone()).map(|token| token.form).collect();
        let needed = tokens.into_iter().enumerate().filter_map(|(n, form)| {
            let is_last = n + 1 == self.pieces.len();
            let is_pair = self.pieces.get(n + 1).is_some_and(Piece::follows);
            match self.pieces[n].kind {
                PieceKind::Word if is_last && self.prefix => Some(Needed::WordPrefix(form)),
                PieceKind::Character { .. } if is_pair => Some(Needed::Token(form)),
                // The last character of several is in the pair before it.
                PieceKind::Character { follows: true } => None,
                PieceKind::Character { follows: false } => Some(Needed::Character(form)),
                PieceKind::Word | PieceKind::Pictograph => Some(Needed::Token(form)),
            }
        });
        needed.collect()
    }

    /// The token that exactly those texts have in which it is found, where there is one.
    #[must_use]
    pub fn exact_token(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [one] if self.open_end().is_none() && !matches!(one.kind, PieceKind::Character { .. }) => {
                Some(&one.form)
            }
            _ => None,
        }
    }

    /// Whether it is found in a text.
    pub(super) fn is_in(&self, text: &[Piece]) -> bool {
        self.places(text).next().is_some()
    }

    /// Where it is found in a text: the indexes of the first pieces.
    pub(super) fn places<'a>(&'a self, text: &'a [Piece]) -> impl Iterator<Item = usize> + 'a {
        let windows = text.windows(self.pieces.len()).enumerate();
        windows.filter(|(_, window)| self.fits(window)).map(|(at, _)| at)
    }

    /// How well it is found in a text, from 0, where it is not, to 4: as whole words, and at the beginning.
    pub(super) fn quality(&self, text: &[Piece]) -> u32 {
        let is_whole = |at: usize| {
            let last = &text[at + self.pieces.len() - 1];
            self.open_end().is_none_or(|open| last.form == open.form)
        };
        let quality = |at: usize| 1 + 2 * u32::from(is_whole(at)) + u32::from(at == 0);
        self.places(text).map(quality).max().unwrap_or(0)
    }

    /// How many pieces it has.
    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// The last piece, where a text's word may go on behind it.
    pub(super) fn open_end(&self) -> Option<&Piece> {
        self.pieces.last().filter(|last| self.prefix && last.kind == PieceKind::Word)
    }

    fn fits(&self, window: &[Piece]) -> bool {
        let last = self.pieces.len() - 1;
        self.pieces.iter().zip(window).enumerate().all(|(n, (wanted, piece))| {
            let is_open = n == last && self.open_end().is_some();
            let is_same = match is_open {
                true => piece.kind == PieceKind::Word && piece.form.starts_with(&wanted.form),
                false => piece.form == wanted.form,
            };
            is_same && (!wanted.follows() || piece.follows())
        })
    }
}
