//! Searching messages: what is searched for, which hits make a page, and in which order.
//!
//! A page is a part of a *window*: the newest hits before a place. Within it good matches come first, and recent ones; so
//! every page costs a bounded number of messages, however many match. A search within conversations that are named has the
//! newest first. An index only proposes messages: [`Search::matches`] decides.

use std::cmp::Reverse;

use confab_shared::{
    api::SearchCursor,
    id::{ConversationId, Seq, Timestamp, UserId},
    message::Message,
    search_query::{self, Date, Has, Is, Matcher, MessageFacts, Person, Place, TermKind},
    tokens::UnicodeTables,
};

/// How many hits are put in order together.
pub const WINDOW: usize = 60;

/// The place of a message among all: the newest is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HitKey {
    /// When it was posted.
    pub at: Timestamp,
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub seq: Seq,
}

/// A search of a user, in which names are ids already.
#[derive(Clone, Debug)]
pub struct Search {
    /// The words, phrases and filters.
    pub matcher: Matcher,
    /// Whom the names of `from:` mean.
    pub people: Vec<(Person, Vec<UserId>)>,
    /// Which conversations the names of `in:` mean.
    pub places: Vec<(Place, Vec<ConversationId>)>,
    /// Where days begin, in minutes to the east of UTC.
    pub utc_offset: i32,
    /// Hits from this place on are left out.
    pub before: Option<HitKey>,
    /// So many hits of the window were on earlier pages.
    pub skipped: usize,
    /// The most hits of a page.
    pub limit: usize,
    /// Whether the newest comes first, however well it matches.
    pub newest_first: bool,
}

impl Search {
    /// Whether a message matches, as it is now. A deleted one does not.
    pub fn matches(&self, conversation: ConversationId, message: &Message) -> bool {
        message.deleted.is_none()
            && self.matcher.matches(&Facts { search: self, conversation, message }, &UnicodeTables)
    }

    /// The authors of whom one is asked for; none where any will do.
    pub fn authors(&self) -> Option<Vec<UserId>> {
        let is_asked = |(negated, filter): &(bool, TermKind)| !negated && matches!(filter, TermKind::From(_));
        let asked =
            self.matcher.filters().iter().filter(|filter| is_asked(filter)).filter_map(|(_, filter)| {
                if let TermKind::From(person) = filter { Some(self.people(person)) } else { None }
            });
        union(asked)
    }

    /// The conversations of which one is asked for; none where any will do.
    pub fn conversations(&self) -> Option<Vec<ConversationId>> {
        let is_asked = |(negated, filter): &(bool, TermKind)| !negated && matches!(filter, TermKind::In(_));
        let asked =
            self.matcher.filters().iter().filter(|filter| is_asked(filter)).filter_map(|(_, filter)| {
                if let TermKind::In(place) = filter { Some(self.places(place)) } else { None }
            });
        union(asked)
    }

    /// The times that are searched: from the first on, and before the second.
    pub fn times(&self) -> (Timestamp, Option<Timestamp>) {
        let (mut from, mut until) = (Timestamp(0), None::<Timestamp>);
        for (negated, filter) in self.matcher.filters() {
            match (filter, negated) {
                (TermKind::After(date), false) | (TermKind::Before(date), true) => {
                    from = from.max(date.start(self.utc_offset));
                }
                (TermKind::Before(date), false) | (TermKind::After(date), true) => {
                    let start = date.start(self.utc_offset);
                    until = Some(until.map_or(start, |until| until.min(start)));
                }
                _ => {}
            }
        }
        (from, until)
    }

    fn people(&self, person: &Person) -> &[UserId] {
        self.people.iter().find(|(named, _)| named == person).map_or(&[], |(_, users)| users)
    }

    fn places(&self, place: &Place) -> &[ConversationId] {
        self.places.iter().find(|(named, _)| named == place).map_or(&[], |(_, ids)| ids)
    }
}

/// All of several lists, sorted, each once; none where there are no lists.
fn union<'a, T: Copy + Ord + 'a>(lists: impl Iterator<Item = &'a [T]>) -> Option<Vec<T>> {
    let mut lists = lists.peekable();
    lists.peek()?;
    let mut all: Vec<T> = lists.flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    Some(all)
}

/// A message, as its search sees it.
struct Facts<'a> {
    search: &'a Search,
    conversation: ConversationId,
    message: &'a Message,
}

impl MessageFacts for Facts<'_> {
    fn text(&self) -> &str {
        self.message.text.as_str()
    }

    fn date(&self) -> Date {
        Date::of(self.message.at, self.search.utc_offset)
    }

    fn is_from(&self, person: &Person) -> bool {
        self.search.people(person).contains(&self.message.by)
    }

    fn is_in(&self, place: &Place) -> bool {
        self.search.places(place).contains(&self.conversation)
    }

    fn has(&self, what: Has) -> bool {
        search_query::has(self.message, what)
    }

    fn is(&self, what: Is) -> bool {
        search_query::is(self.message, what)
    }
}

/// The hits of a page, and where the next one begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundPage {
    /// The messages, in their order.
    pub hits: Vec<(ConversationId, Message)>,
    /// The next page; none where all has been searched.
    pub next: Option<SearchCursor>,
}

/// The newest hits before a place, as they are found.
pub struct Window<'a> {
    search: &'a Search,
    size: usize,
    hits: Vec<(HitKey, Message)>,
}

impl<'a> Window<'a> {
    /// The window of a search, empty.
    pub fn new(search: &'a Search) -> Self {
        let size = if search.newest_first { search.limit } else { search.limit.max(WINDOW) };
        Self { search, size, hits: Vec::new() }
    }

    /// Takes a message if it matches, and is before the window's beginning. Messages come in the order of their keys, the
    /// newest first.
    pub fn offer(&mut self, key: HitKey, message: Message) {
        if !self.is_full() && self.covers(key) && self.search.matches(key.conversation, &message) {
            self.hits.push((key, message));
        }
    }

    /// Whether a place is before the window's beginning.
    pub fn covers(&self, key: HitKey) -> bool {
        self.search.before.is_none_or(|before| key < before)
    }

    /// Whether it takes no more.
    pub fn is_full(&self) -> bool {
        self.hits.len() >= self.size
    }

    /// The page. `reached` is the last place that was looked at, where there may be hits behind it.
    pub fn page(self, reached: Option<HitKey>) -> FoundPage {
        let Search { limit, skipped, before, newest_first, .. } = *self.search;
        let end = if self.hits.len() >= self.size { self.hits.last().map(|(key, _)| *key) } else { reached };
        let begin =
            before.or_else(|| self.hits.first().map(|(key, _)| HitKey { seq: key.seq.next(), ..*key }));
        let next_window = end.map(|end| cursor(end, 0));
        let count = self.hits.len();
        let mut hits = self.hits;
        if !newest_first {
            put_in_order(self.search, &mut hits);
        }
        let hits: Vec<_> = hits.into_iter().skip(skipped).take(limit).collect();
        let shown = skipped.saturating_add(hits.len());
        let next = match begin {
            Some(begin) if shown < count => Some(cursor(begin, shown)),
            _ => next_window,
        };
        FoundPage { hits: hits.into_iter().map(|(key, message)| (key.conversation, message)).collect(), next }
    }
}

fn cursor(HitKey { at, conversation, seq }: HitKey, skipped: usize) -> SearchCursor {
    SearchCursor { at, conversation, seq, skipped: skipped as u64 }
}

/// Good matches first, and recent ones: a message loses a point each time that its distance from the newest doubles, from a
/// day on.
fn put_in_order(search: &Search, hits: &mut [(HitKey, Message)]) {
    const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1_000.0;
    let newest = hits.first().map_or(0, |(key, _)| key.at.0);
    hits.sort_by_cached_key(|(key, message)| {
        let quality = search.matcher.quality(message.text.as_str(), &UnicodeTables);
        #[expect(clippy::cast_precision_loss, reason = "a thousandth of a day does not matter")]
        let days = newest.saturating_sub(key.at.0) as f64 / DAY_MS;
        let points = f64::from(quality) - (1.0 + days).log2();
        #[expect(clippy::cast_possible_truncation, reason = "points are few")]
        let thousandths = (points * 1_000.0) as i64;
        Reverse((thousandths, *key))
    });
}

#[cfg(test)]
mod tests {
    use confab_shared::{
        event::{Event, EventBody, Posted},
        search_query::SearchQuery,
        text::MessageText,
    };

    use super::*;

    const DAY: u64 = 24 * 60 * 60 * 1_000;

    fn search(query: &str, limit: usize) -> Search {
        let query = SearchQuery::parse(query);
        Search {
            matcher: Matcher::new(&query, &UnicodeTables),
            people: vec![(Person::Me, vec![UserId(2)])],
            places: vec![(Place::Id(ConversationId(7)), vec![ConversationId(7)])],
            utc_offset: 0,
            before: None,
            skipped: 0,
            limit,
            newest_first: query.has_place(),
        }
    }

    fn message(seq: u64, at: u64, text: &str) -> (HitKey, Message) {
        let (conversation, seq, at) = (ConversationId(7), Seq(seq), Timestamp(at));
        let posted = Posted::new(MessageText::existing(text), seq.0, Vec::new());
        let body = EventBody::Posted(posted.clone());
        let event = Event { conversation, seq, at, by: UserId(2), client_id: None, body };
        (HitKey { at, conversation, seq }, Message::new(&event, &posted))
    }

    /// The pages of a search through messages, the newest last; each page as the seqs of its hits.
    fn pages(mut search: Search, messages: &[(HitKey, Message)]) -> Vec<Vec<u64>> {
        let mut pages = Vec::new();
        loop {
            let mut window = Window::new(&search);
            for (key, message) in messages.iter().rev() {
                window.offer(*key, message.clone());
            }
            let page = window.page(None);
            pages.push(page.hits.iter().map(|(_, message)| message.seq.0).collect());
            let Some(next) = page.next else { return pages };
            search.before = Some(HitKey { at: next.at, conversation: next.conversation, seq: next.seq });
            search.skipped = usize::try_from(next.skipped).unwrap();
        }
    }

    #[test]
    fn pages_have_every_hit_once() {
        let messages: Vec<_> =
            (1..=150).map(|n| message(n, n, if n % 3 == 0 { "tea" } else { "teas" })).collect();
        for limit in [1, 7, 20, 50] {
            let mut all = pages(search("tea", limit), &messages).concat();
            assert_eq!(
                all[..WINDOW / 3],
                (31..=50).rev().map(|n| 3 * n).collect::<Vec<_>>(),
                "whole words first"
            );
            all.sort_unstable();
            assert_eq!(all, (1..=150).collect::<Vec<_>>(), "{limit}");
            let newest_first = pages(search("in:#7 tea", limit), &messages).concat();
            assert_eq!(newest_first, (1..=150).rev().collect::<Vec<_>>(), "{limit}");
        }
    }

    #[test]
    fn a_better_match_comes_before_a_more_recent_one_of_its_time() {
        let messages = [
            message(1, 0, "tea"),
            message(2, 400 * DAY, "tea"),
            message(3, 400 * DAY + 1, "a long talk about teas, cakes and so on, for no good reason at all"),
        ];
        assert_eq!(pages(search("tea", 20), &messages), [[2, 3, 1]]);
    }

    #[test]
    fn days_bound_the_times() {
        let day = |text: &str| match &SearchQuery::parse(text).terms[0].kind {
            TermKind::After(date) => date.start(60),
            _ => unreachable!("it is a filter"),
        };
        let times = |query: &str| Search { utc_offset: 60, ..search(query, 20) }.times();
        let (first, second) = (day("after:2026-03-01"), day("after:2026-04-01"));
        assert_eq!(times("after:2026-03-01 before:2026-04-01"), (first, Some(second)));
        assert_eq!(times("-before:2026-03-01 -after:2026-04-01"), (first, Some(second)));
        assert_eq!(times("tea"), (Timestamp(0), None));
    }

    #[test]
    fn several_authors_and_conversations_are_one_or_the_other() {
        let asked = search("from:me from:bob -from:ada in:#7", 20);
        assert_eq!(asked.authors(), Some(vec![UserId(2)]));
        assert_eq!(asked.conversations(), Some(vec![ConversationId(7)]));
        assert_eq!(search("tea -in:#7", 20).conversations(), None);
    }
}
