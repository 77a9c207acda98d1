//! Whether messages match a query.

use std::ops::Range;

use super::{
    facts::MessageFacts,
    highlight,
    query::{SearchQuery, TermKind},
    sequence::Sequence,
};
use crate::tokens::{Normalize, Piece, UnicodeTables, pieces};

/// A query, ready to be compared with messages.
#[derive(Clone, Debug)]
pub struct Matcher {
    wanted: Vec<Sequence>,
    unwanted: Vec<Sequence>,
    filters: Vec<(bool, TermKind)>,
}

impl Matcher {
    /// What a query asks for.
    #[must_use]
    pub fn new(query: &SearchQuery, normal: &dyn Normalize) -> Self {
        let (mut wanted, mut unwanted, mut filters) = (Vec::new(), Vec::new(), Vec::new());
        for term in &query.terms {
            match &term.kind {
                TermKind::Word(text) | TermKind::Phrase(text) => {
                    let list = if term.negated { &mut unwanted } else { &mut wanted };
                    list.extend(Sequence::new(text, term.prefix, normal));
                }
                filter => filters.push((term.negated, filter.clone())),
            }
        }
        Self { wanted, unwanted, filters }
    }

    /// Whether it asks for nothing that can be found: no filter, and no letter or digit. It matches no message.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty() && self.unwanted.is_empty() && self.filters.is_empty()
    }

    /// What has to be in a text, each.
    #[must_use]
    pub fn wanted(&self) -> &[Sequence] {
        &self.wanted
    }

    /// What may not be in a text.
    #[must_use]
    pub fn unwanted(&self) -> &[Sequence] {
        &self.unwanted
    }

    /// The filters, each with whether it is negated.
    #[must_use]
    pub fn filters(&self) -> &[(bool, TermKind)] {
        &self.filters
    }

    /// Whether a message matches. Filters are compared first: they cost less.
    #[must_use]
    pub fn matches(&self, message: &dyn MessageFacts, normal: &dyn Normalize) -> bool {
        if self.is_empty() || !self.passes(message) {
            return false;
        }
        if self.wanted.is_empty() && self.unwanted.is_empty() {
            return true;
        }
        self.matches_text(&pieces(message.text(), normal))
    }

    fn matches_text(&self, text: &[Piece]) -> bool {
        self.wanted.iter().all(|sequence| sequence.is_in(text))
            && !self.unwanted.iter().any(|sequence| sequence.is_in(text))
    }

    fn passes(&self, message: &dyn MessageFacts) -> bool {
        let holds = |filter: &TermKind| match filter {
            TermKind::Word(_) | TermKind::Phrase(_) => true,
            TermKind::From(person) => message.is_from(person),
            TermKind::In(place) => message.is_in(place),
            TermKind::Has(what) => message.has(*what),
            TermKind::Is(what) => message.is(*what),
            TermKind::Before(date) => message.date() < *date,
            TermKind::After(date) => message.date() >= *date,
        };
        let one_of = |is_kind: fn(&TermKind) -> bool| {
            let mut asked =
                self.filters.iter().filter(|(negated, filter)| !negated && is_kind(filter)).peekable();
            asked.peek().is_none() || asked.any(|(_, filter)| holds(filter))
        };
        let is_alternative = |negated: bool, filter: &TermKind| {
            !negated && matches!(filter, TermKind::From(_) | TermKind::In(_))
        };
        one_of(|filter| matches!(filter, TermKind::From(_)))
            && one_of(|filter| matches!(filter, TermKind::In(_)))
            && self
                .filters
                .iter()
                .all(|(negated, filter)| is_alternative(*negated, filter) || holds(filter) != *negated)
    }

    /// How well a text that matches has what was searched for, from 0 to 4 and its share of the text, up to 2.
    #[must_use]
    pub fn quality(&self, text: &str, normal: &dyn Normalize) -> u32 {
        let Some(count) = u32::try_from(self.wanted.len()).ok().filter(|count| *count > 0) else { return 0 };
        let text = pieces(text, normal);
        let quality: u32 = self.wanted.iter().map(|sequence| sequence.quality(&text)).sum();
        let found: usize = self.wanted.iter().map(Sequence::len).sum();
        let share = match text.len() {
            len if len <= 2 * found => 2,
            len if len <= 6 * found => 1,
            _ => 0,
        };
        quality / count + share
    }

    /// Where a text has what the query asks for, in bytes: sorted, not empty, apart from each other.
    #[must_use]
    pub fn highlights(&self, text: &str, normal: &dyn Normalize) -> Vec<Range<usize>> {
        highlight::ranges(&self.wanted, text, normal)
    }
}

/// Whether a message matches a query. [`Matcher`] compares many with one.
#[must_use]
pub fn matches(query: &SearchQuery, message: &dyn MessageFacts) -> bool {
    Matcher::new(query, &UnicodeTables).matches(message, &UnicodeTables)
}

/// Where a text has what a query asks for. A page gives [`Matcher::highlights`] the normal forms of its browser.
#[must_use]
pub fn highlights(query: &SearchQuery, text: &str) -> Vec<Range<usize>> {
    Matcher::new(query, &UnicodeTables).highlights(text, &UnicodeTables)
}
