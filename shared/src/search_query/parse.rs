//! Reads a query.

use super::{
    date::Date,
    query::{Has, Is, MAX_QUERY_CHARS, MAX_TERMS, Person, Place, SearchQuery, Term, TermKind},
};
use crate::{
    error::ErrorCode,
    id::{ConversationId, UserId},
};

/// The quotes that a phrase may have: what keyboards of each language give.
const QUOTES: [(char, char); 5] = [('"', '"'), ('“', '”'), ('„', '“'), ('「', '」'), ('『', '』')];

impl SearchQuery {
    /// The query that a text is.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { terms: terms(text) }
    }

    /// The query that a text is, where it is within the limits of the server.
    ///
    /// # Errors
    /// [`ErrorCode::QueryTooLong`], [`ErrorCode::TooManyTerms`].
    pub fn check(text: &str) -> Result<Self, ErrorCode> {
        if text.len() > 4 * MAX_QUERY_CHARS || text.chars().count() > MAX_QUERY_CHARS {
            return Err(ErrorCode::QueryTooLong);
        }
        let query = Self::parse(text);
        if query.terms.len() > MAX_TERMS { Err(ErrorCode::TooManyTerms) } else { Ok(query) }
    }
}

/// The terms of a text.
fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut at = 0;
    while let Some(term) = next_term(text, at) {
        at = term.range.end;
        terms.push(term);
    }
    terms
}

/// The first term of a text from a place on.
fn next_term(text: &str, from: usize) -> Option<Term> {
    let start = from + text[from..].find(|c: char| !c.is_whitespace())?;
    let rest = &text[start..];
    let unsigned = rest.strip_prefix(['-', '－']).filter(|unsigned| !unsigned.is_empty());
    let negated = unsigned.is_some_and(|unsigned| !unsigned.starts_with(char::is_whitespace));
    let body = unsigned.filter(|_| negated).unwrap_or(rest);
    let (kind, len, open) = phrase(body).or_else(|| filter(body)).unwrap_or_else(|| word(body));
    let end = start + (rest.len() - body.len()) + len;
    let prefix = open && end == text.len() && !negated;
    Some(Term { negated, prefix, range: start..end, kind })
}

/// What stands in quotes at the beginning of a text, the length of all, and whether it is closed; also without the closing
/// quote.
fn quoted(text: &str) -> Option<(&str, usize, bool)> {
    let open = text.chars().next()?;
    let (_, close) = QUOTES.into_iter().find(|quotes| quotes.0 == open)?;
    let inner = &text[open.len_utf8()..];
    Some(match inner.find(close) {
        Some(len) => (&inner[..len], open.len_utf8() + len + close.len_utf8(), true),
        None => (inner, text.len(), false),
    })
}

fn phrase(text: &str) -> Option<(TermKind, usize, bool)> {
    let (inner, len, closed) = quoted(text)?;
    // A quote that is alone is no phrase yet.
    (!inner.trim().is_empty()).then(|| (TermKind::Phrase(inner.to_owned()), len, !closed))
}

fn word(text: &str) -> (TermKind, usize, bool) {
    let len = text.find(char::is_whitespace).unwrap_or(text.len());
    (TermKind::Word(text[..len].to_owned()), len, true)
}

fn filter(text: &str) -> Option<(TermKind, usize, bool)> {
    let key_len = text.find(|c: char| !c.is_ascii_alphabetic())?;
    let (key, behind) = text.split_at(key_len);
    let colon = behind.chars().next().filter(|c| matches!(c, ':' | '：'))?;
    let value_text = &behind[colon.len_utf8()..];
    let (value, len, is_quoted) = match quoted(value_text) {
        Some((inner, len, _)) => (inner, len, true),
        None => {
            let len = value_text.find(char::is_whitespace).unwrap_or(value_text.len());
            (&value_text[..len], len, false)
        }
    };
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    let kind = match key.to_ascii_lowercase().as_str() {
        "from" => TermKind::From(person(value, is_quoted)?),
        "in" => TermKind::In(place(value, is_quoted)?),
        "has" => TermKind::Has(named(&Has::ALL, value)?),
        "is" => TermKind::Is(named(&Is::ALL, value)?),
        "before" => TermKind::Before(Date::parse(value)?),
        "after" => TermKind::After(Date::parse(value)?),
        _ => return None,
    };
    Some((kind, key_len + colon.len_utf8() + len, false))
}

fn named<T: Copy>(all: &[(T, &str)], value: &str) -> Option<T> {
    all.iter().find(|(_, name)| name.eq_ignore_ascii_case(value)).map(|(named, _)| *named)
}

fn number(value: &str) -> Option<u64> {
    value.strip_prefix('#')?.parse().ok()
}

/// A name without the sign of mentions; none of the sign alone.
fn name(value: &str, is_quoted: bool) -> Option<String> {
    let name = if is_quoted { value } else { value.strip_prefix(['@', '＠']).unwrap_or(value) };
    (!name.is_empty()).then(|| name.to_owned())
}

fn person(value: &str, is_quoted: bool) -> Option<Person> {
    match number(value) {
        _ if is_quoted => name(value, is_quoted).map(Person::Name),
        Some(id) => Some(Person::Id(UserId(id))),
        None if value.eq_ignore_ascii_case("me") => Some(Person::Me),
        None => name(value, is_quoted).map(Person::Name),
    }
}

fn place(value: &str, is_quoted: bool) -> Option<Place> {
    match number(value) {
        Some(id) if !is_quoted => Some(Place::Id(ConversationId(id))),
        _ => name(value, is_quoted).map(Place::Name),
    }
}
