//! What the text between blocks is read as.

use std::ops::Range;

use crate::id::UserId;

/// A token, and where it is in the text.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// Text, and a sign that turned out to be text.
    Text,
    /// A sign behind a backslash.
    Escaped,
    /// Code, without its signs and the spaces at their sides.
    Code(Range<usize>),
    /// An address that is a link, and the part of the text that is shown.
    Address(String, Range<usize>),
    /// A mention.
    Mention(UserId),
    /// `[` before the text of a link to this address.
    LinkBegins(String),
    /// `](…)` behind it.
    LinkEnds,
    /// Signs of emphasis, of deleted text or of a spoiler.
    Signs(Signs),
}

/// A run of one sign.
#[derive(Debug)]
pub(super) struct Signs {
    pub(super) sign: u8,
    /// How many there were.
    pub(super) count: usize,
    /// How many have no counterpart, so far.
    pub(super) left: usize,
    pub(super) may_open: bool,
    pub(super) may_close: bool,
    /// What ends with it, the innermost first.
    pub(super) closed: Vec<Style>,
    /// What begins with it, the innermost first.
    pub(super) opened: Vec<Style>,
}

/// What signs mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Emphasis,
    Strong,
    Strikethrough,
    Spoiler,
}

impl Style {
    /// How many signs it has at each side.
    pub(super) fn width(self) -> usize {
        if self == Self::Emphasis { 1 } else { 2 }
    }
}
