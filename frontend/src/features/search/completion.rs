//! What is completed at the end of the field: the names of filters, and what may stand behind them.

use confab_shared::{
    id::{ConversationId, Timestamp},
    search_query::{Date, Has, Is, Person, Place, SearchQuery, Term, TermKind},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    From,
    In,
    Has,
    Is,
    Before,
    After,
}

impl Key {
    pub(super) const ALL: [Self; 6] = [Self::From, Self::In, Self::Has, Self::Is, Self::Before, Self::After];

    /// As it is written.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::In => "in",
            Self::Has => "has",
            Self::Is => "is",
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// What is typed at the end of the text, as far as it is to be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// Where it begins, in bytes.
    pub(super) start: usize,
    pub(super) negated: bool,
    /// The filter; none while its name is typed.
    pub(super) key: Option<Key>,
    /// What is typed of its value, or of its name.
    pub(super) value: String,
}

impl Typed {
    pub(super) fn at_end_of(text: &str) -> Option<Self> {
        let start = last_token(text)?;
        let token = &text[start..];
        let bare = token.strip_prefix('-').unwrap_or(token);
        let negated = bare.len() < token.len();
        let typed = |key, value: &str| Some(Self { start, negated, key, value: value.to_owned() });
        // Input methods write the wide colon.
        if let Some((name, value)) = bare.split_once([':', '：']) {
            let key = Key::ALL.into_iter().find(|key| key.word().eq_ignore_ascii_case(name))?;
            return typed(Some(key), value.trim_matches('"'));
        }
        let is_name = |key: &Key| key.word().starts_with(&bare.to_ascii_lowercase());
        let enough = bare.len() > 1 || negated;
        (enough && Key::ALL.iter().any(is_name)).then(|| typed(None, bare)).flatten()
    }

    /// Whether it is the beginning of a filter, and not a word that looks like one.
    pub(super) fn is_filter(&self) -> bool {
        match self.key {
            None => false,
            Some(Key::From | Key::In) => true,
            Some(key @ (Key::Has | Key::Is)) => !facts(key, &self.value).is_empty(),
            Some(Key::Before | Key::After) => {
                self.value.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '/' | '.'))
            }
        }
    }

    /// The text with a completion in its place.
    pub(super) fn replaced(&self, text: &str, candidate: &Candidate) -> String {
        let sign = if self.negated { "-" } else { "" };
        format!("{}{sign}{}", &text[..self.start], candidate.source())
    }

    /// The names of filters that begin so.
    pub(super) fn keys(&self) -> Vec<Candidate> {
        let begins = |key: &Key| key.word().starts_with(&self.value.to_ascii_lowercase());
        Key::ALL.into_iter().filter(begins).map(Candidate::Key).collect()
    }
}

/// Where the last word begins, which may have spaces in quotes; none behind a space.
fn last_token(text: &str) -> Option<usize> {
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => start = at + c.len_utf8(),
            _ => {}
        }
    }
    (start < text.len()).then_some(start)
}

/// A completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Candidate {
    Key(Key),
    /// Who searches.
    Me,
    /// A user, by name, what is shown of them, and the hue of their avatar.
    Person {
        name: String,
        shown: String,
        unique: Option<String>,
        hue: u32,
    },
    Conversation(ConversationId),
    Has(Has),
    Is(Is),
    /// A day, so many days before today; none where it is typed.
    Day(Key, Date, Option<u64>),
}

impl Candidate {
    /// The filter; none of the name of one.
    fn filter(&self) -> Option<TermKind> {
        Some(match self {
            Self::Key(_) => return None,
            Self::Me => TermKind::From(Person::Me),
            Self::Person { name, .. } => TermKind::From(Person::Name(name.clone())),
            Self::Conversation(id) => TermKind::In(Place::Id(*id)),
            Self::Has(has) => TermKind::Has(*has),
            Self::Is(is) => TermKind::Is(*is),
            Self::Day(Key::Before, day, _) => TermKind::Before(*day),
            Self::Day(_, day, _) => TermKind::After(*day),
        })
    }

    /// As it is written in a query: a filter as a whole, with the space that ends it, or its name.
    pub(super) fn source(&self) -> String {
        match (self, self.filter()) {
            (Self::Key(key), _) => format!("{}:", key.word()),
            (_, Some(filter)) => format!("{filter} "),
            (_, None) => String::new(),
        }
    }
}

/// What `has:` or `is:` may ask for.
pub(super) fn facts(key: Key, value: &str) -> Vec<Candidate> {
    let value = value.to_ascii_lowercase();
    let has = Has::ALL.into_iter().filter(|_| key == Key::Has).map(|(has, word)| (Candidate::Has(has), word));
    let is = Is::ALL.into_iter().filter(|_| key == Key::Is).map(|(is, word)| (Candidate::Is(is), word));
    has.chain(is).filter(|(_, word)| word.starts_with(&value)).map(|(candidate, _)| candidate).collect()
}

/// The days that `before:` and `after:` offer; what is typed first, where it is one. `utc_offset` is in minutes to the east.
pub(super) fn days(key: Key, value: &str, now: Timestamp, utc_offset: i32) -> Vec<Candidate> {
    let typed = day_of(value).map(|day| Candidate::Day(key, day, None));
    let offered = [0, 1, 7, 30, 365].map(|ago| (Date::of(Timestamp(now.0 - ago * DAY_MS), utc_offset), ago));
    let offered = offered.into_iter().filter(|(day, _)| day.to_string().starts_with(value));
    let offered = offered.map(|(day, ago)| Candidate::Day(key, day, Some(ago)));
    match typed {
        Some(typed) => vec![typed],
        None => offered.collect(),
    }
}

/// The day that a text is.
pub(super) fn day_of(text: &str) -> Option<Date> {
    let is_whole = text.len() >= "2026-1-1".len();
    match SearchQuery::parse(&format!("after:{text}")).terms.as_slice() {
        [Term { kind: TermKind::After(date), .. }] if is_whole => Some(*date),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Option<(usize, bool, Option<Key>, String)> {
        Typed::at_end_of(text).map(|typed| (typed.start, typed.negated, typed.key, typed.value))
    }

    #[test]
    fn names_and_values_of_filters_are_completed_at_the_end() {
        assert_eq!(typed("train fr"), Some((6, false, None, "fr".to_owned())));
        assert_eq!(typed("from:an"), Some((0, false, Some(Key::From), "an".to_owned())));
        assert_eq!(typed("车站 -has："), Some((7, true, Some(Key::Has), String::new())));
        assert_eq!(typed("in:\"weekend tr"), Some((0, false, Some(Key::In), "weekend tr".to_owned())));
        for none in ["", "train", "from:anna ", "f", "http:", "\"from:anna b"] {
            assert_eq!(typed(none), None, "{none}");
        }
        assert_eq!(typed("-"), Some((0, true, None, String::new())));
    }

    #[test]
    fn the_beginning_of_a_filter_is_no_word() {
        let is_filter = |text: &str| Typed::at_end_of(text).is_some_and(|typed| typed.is_filter());
        for text in ["from:", "in:tr", "-has:fi", "is:pinned", "before:2026-1"] {
            assert!(is_filter(text), "{text}");
        }
        for text in ["fr", "is:42", "has:been", "before:noon"] {
            assert!(!is_filter(text), "{text}");
        }
    }

    #[test]
    fn a_completion_takes_the_place_of_what_was_typed() {
        let take =
            |text: &str, candidate| Typed::at_end_of(text).expect("it is typed").replaced(text, &candidate);
        assert_eq!(take("train fr", Candidate::Key(Key::From)), "train from:");
        assert_eq!(take("车站 -has:f", Candidate::Has(Has::File)), "车站 -has:file ");
        assert_eq!(take("in:\"week", Candidate::Conversation(ConversationId(7))), "in:#7 ");
    }

    #[test]
    fn facts_and_days_are_offered() {
        assert_eq!(facts(Key::Is, "p"), [Candidate::Is(Is::Pinned)]);
        assert_eq!(facts(Key::Has, "").len(), 4);
        // 2026-11-28, 23:30 in UTC, half an hour before the next day.
        let now = Timestamp(20_785 * DAY_MS + 84_600_000);
        let days = |value, utc_offset| {
            days(Key::After, value, now, utc_offset).iter().map(Candidate::source).collect::<Vec<_>>()
        };
        assert_eq!(days("", 0)[..2], ["after:2026-11-28 ", "after:2026-11-27 "]);
        assert_eq!(days("", 60)[0], "after:2026-11-29 ");
        assert_eq!(days("2025-01-02", 0), ["after:2025-01-02 "]);
        assert_eq!(days("2026-11-28", 0), ["after:2026-11-28 "]);
        assert_eq!(days("2025", 0), ["after:2025-11-28 "], "a year ago");
        assert!(days("last week", 0).is_empty());
    }

    #[test]
    fn names_are_written_so_that_they_are_read_again() {
        let person = |name: &str| Candidate::Person {
            name: name.to_owned(),
            shown: String::new(),
            unique: None,
            hue: 1,
        };
        assert_eq!(person("anna").source(), "from:anna ");
        assert_eq!(person("me").source(), "from:@me ");
    }
}
