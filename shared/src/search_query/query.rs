//! A query, as it was written.

use std::ops::Range;

use super::date::Date;
use crate::id::{ConversationId, UserId};

/// The most characters of a query.
pub const MAX_QUERY_CHARS: usize = 500;

/// The most terms of a query.
pub const MAX_TERMS: usize = 30;

/// A query, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// The terms, in their order.
    pub terms: Vec<Term>,
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Whether a message may not match it.
    pub negated: bool,
    /// Of a word or phrase that is still being typed: whether what follows its last letter is left open. The last word has it,
    /// unless white space follows.
    pub prefix: bool,
    /// Its place in the text, in bytes: with the sign of negation and the quotes.
    pub range: Range<usize>,
    /// What it asks for.
    pub kind: TermKind,
}

/// What a term asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TermKind {
    /// A word, or any part of a text without spaces. Never empty.
    Word(String),
    /// Words that follow each other.
    Phrase(String),
    /// `from:`: the author.
    From(Person),
    /// `in:`: the conversation.
    In(Place),
    /// `has:`: what is in the message, or on it.
    Has(Has),
    /// `is:`: what the message is.
    Is(Is),
    /// `before:`: posted before this day began.
    Before(Date),
    /// `after:`: posted on this day or later.
    After(Date),
}

/// A user, as a query names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// `me`: who searches.
    Me,
    /// `#12`.
    Id(UserId),
    /// A unique name, with or without `@`.
    Name(String),
}

/// A conversation, as a query names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `#12`.
    Id(ConversationId),
    /// The title of a group, or the unique name of the other in a direct conversation, with or without `@`.
    Name(String),
}

/// What a message may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Has {
    /// An attachment.
    File,
    /// An attachment that is a picture.
    Image,
    /// A link.
    Link,
    /// A reaction.
    Reaction,
}

impl Has {
    /// All, with their words.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::File, "file"), (Self::Image, "image"), (Self::Link, "link"), (Self::Reaction, "reaction")];
}

/// What a message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Is {
    /// Pinned.
    Pinned,
    /// In a thread: its root, or one of its replies.
    Thread,
}

impl Is {
    /// All, with their words.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Pinned, "pinned"), (Self::Thread, "thread")];
}

impl SearchQuery {
    /// Whether it names the conversations to search: then the newest hit is the first.
    #[must_use]
    pub fn has_place(&self) -> bool {
        self.terms.iter().any(|term| !term.negated && matches!(term.kind, TermKind::In(_)))
    }
}
