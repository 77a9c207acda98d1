//! What somebody searches for: words, phrases and filters, each of which may be negated; how it is written, and which messages
//! match it. [`Matcher`] is what every index is held against.
//!
//! `budget -draft "exact phrase" from:mei in:Team has:link is:pinned after:2026-01-31`. What is no filter is a word, so
//! that every text is a query. All that is written has to hold; of several `from:`, and of several `in:`, one.

mod date;
mod facts;
mod highlight;
mod matcher;
mod parse;
mod query;
mod sequence;
mod write;

pub use self::{
    date::Date,
    facts::{MessageFacts, has, is},
    matcher::{Matcher, highlights, matches},
    query::{Has, Is, MAX_QUERY_CHARS, MAX_TERMS, Person, Place, SearchQuery, Term, TermKind},
    sequence::{Needed, Sequence},
};

#[cfg(test)]
mod tests;
