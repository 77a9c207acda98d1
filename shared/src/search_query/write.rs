//! Writes a query as it is read.

use std::fmt::{self, Display, Formatter, Write};

use super::query::{Has, Is, Person, Place, SearchQuery, Term, TermKind};

impl Display for SearchQuery {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (n, term) in self.terms.iter().enumerate() {
            if n > 0 {
                f.write_char(' ')?;
            }
            term.fmt(f)?;
        }
        // White space ends the last word.
        let ends = |term: &&Term| matches!(term.kind, TermKind::Word(_)) && !term.prefix && !term.negated;
        if self.terms.last().is_some_and(|term| ends(&term)) { f.write_char(' ') } else { Ok(()) }
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_char('-')?;
        }
        self.kind.fmt(f)
    }
}

impl Display for TermKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Phrase(phrase) => write_quoted(f, phrase),
            Self::From(person) => write!(f, "from:{person}"),
            Self::In(place) => write!(f, "in:{place}"),
            Self::Has(has) => write!(f, "has:{}", name_of(&Has::ALL, *has)),
            Self::Is(is) => write!(f, "is:{}", name_of(&Is::ALL, *is)),
            Self::Before(date) => write!(f, "before:{date}"),
            Self::After(date) => write!(f, "after:{date}"),
        }
    }
}

impl Display for Person {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Me => f.write_str("me"),
            Self::Id(id) => write!(f, "#{id}"),
            Self::Name(name) if name.eq_ignore_ascii_case("me") => write!(f, "@{name}"),
            Self::Name(name) => write_name(f, name),
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "#{id}"),
            Self::Name(name) => write_name(f, name),
        }
    }
}

/// Writes a name, in quotes where it would be read as something else without.
fn write_name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    let is_plain =
        !name.starts_with(['#', '@', '＠', '"', '“', '„', '「', '『']) && !name.contains(char::is_whitespace);
    if is_plain { f.write_str(name) } else { write_quoted(f, name) }
}

fn write_quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    if text.contains('"') { write!(f, "“{text}”") } else { write!(f, "\"{text}\"") }
}

fn name_of<T: PartialEq>(all: &[(T, &'static str)], named: T) -> &'static str {
    all.iter().find(|(one, _)| *one == named).map_or("", |(_, name)| name)
}
