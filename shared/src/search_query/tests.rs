use proptest::prelude::*;

use super::*;
use crate::{
    error::ErrorCode,
    id::{ConversationId, Timestamp, UserId},
    tokens::UnicodeTables,
};

fn kinds(text: &str) -> Vec<(bool, TermKind)> {
    SearchQuery::parse(text).terms.into_iter().map(|term| (term.negated, term.kind)).collect()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// A message in conversation 7, of mei (2), who searches, posted on 2026-03-01.
struct Said(&'static str);

impl MessageFacts for Said {
    fn text(&self) -> &str {
        self.0
    }

    fn date(&self) -> Date {
        date("2026-03-01")
    }

    fn is_from(&self, person: &Person) -> bool {
        *person == Person::Me || *person == Person::Id(UserId(2)) || *person == Person::Name("mei".to_owned())
    }

    fn is_in(&self, place: &Place) -> bool {
        *place == Place::Id(ConversationId(7))
    }

    fn has(&self, what: Has) -> bool {
        what == Has::Reaction
    }

    fn is(&self, what: Is) -> bool {
        what == Is::Pinned
    }
}

fn finds(query: &str, text: &'static str) -> bool {
    matches(&SearchQuery::parse(query), &Said(text))
}

fn marked(query: &str, text: &'static str) -> Vec<&'static str> {
    highlights(&SearchQuery::parse(query), text).into_iter().map(|range| &text[range]).collect()
}

#[test]
fn filters_words_and_phrases_are_told_apart() {
    let name = |name: &str| name.to_owned();
    assert_eq!(
        kinds(
            "budget -draft \"exact phrase\" from:mei -in:Team has:link is:pinned before:2026-2-3 after:2026"
        ),
        [
            (false, TermKind::Word(name("budget"))),
            (true, TermKind::Word(name("draft"))),
            (false, TermKind::Phrase(name("exact phrase"))),
            (false, TermKind::From(Person::Name(name("mei")))),
            (true, TermKind::In(Place::Name(name("Team")))),
            (false, TermKind::Has(Has::Link)),
            (false, TermKind::Is(Is::Pinned)),
            (false, TermKind::Before(date("2026-02-03"))),
            (false, TermKind::After(date("2026-01-01"))),
        ]
    );
    assert_eq!(
        kinds("from:me from:@me from:#2 in:#7 in:\"#7\" in:\"Old news\" FROM：李雷 “你好 世界” HAS:Image"),
        [
            (false, TermKind::From(Person::Me)),
            (false, TermKind::From(Person::Name(name("me")))),
            (false, TermKind::From(Person::Id(UserId(2)))),
            (false, TermKind::In(Place::Id(ConversationId(7)))),
            (false, TermKind::In(Place::Name(name("#7")))),
            (false, TermKind::In(Place::Name(name("Old news")))),
            (false, TermKind::From(Person::Name(name("李雷")))),
            (false, TermKind::Phrase(name("你好 世界"))),
            (false, TermKind::Has(Has::Image)),
        ]
    );
}

#[test]
fn what_is_no_filter_is_a_word() {
    for text in [
        "from:",
        "has:money",
        "before:soon",
        "after:2026-02-30",
        "https://a.example",
        "-",
        "\"",
        "in:\"\"",
        "from:@",
    ] {
        assert_eq!(kinds(text), [(false, TermKind::Word(text.to_owned()))], "{text}");
    }
    assert!(kinds(" \u{3000} ").is_empty());
}

#[test]
fn the_last_word_is_open_until_white_space_follows() {
    let open = |text: &str| SearchQuery::parse(text).terms.iter().map(|term| term.prefix).collect::<Vec<_>>();
    assert_eq!(open("bud get"), [false, true]);
    assert_eq!(open("bud get "), [false, false]);
    assert_eq!(open("bud -get"), [false, false]);
    assert_eq!(open("\"bud get\""), [false]);
    assert_eq!(open("\"bud get"), [true]);
    assert_eq!(open("bud from:mei"), [false, false]);
}

#[test]
fn a_term_has_its_place() {
    let text = " 预算 -\"旧 的\" from:mei";
    let places: Vec<_> = SearchQuery::parse(text).terms.into_iter().map(|term| &text[term.range]).collect();
    assert_eq!(places, ["预算", "-\"旧 的\"", "from:mei"]);
}

#[test]
fn limits_have_their_codes() {
    assert!(SearchQuery::check(&"学".repeat(MAX_QUERY_CHARS)).is_ok());
    assert_eq!(SearchQuery::check(&"a".repeat(MAX_QUERY_CHARS + 1)), Err(ErrorCode::QueryTooLong));
    assert!(SearchQuery::check(&"a ".repeat(MAX_TERMS)).is_ok());
    assert_eq!(SearchQuery::check(&"a ".repeat(MAX_TERMS + 1)), Err(ErrorCode::TooManyTerms));
}

#[test]
fn words_match_without_case_and_accents_and_the_last_by_its_beginning() {
    for query in ["budget", "BUDG", "the budget", "budget the ", "bu", "réunion", "reunion b"] {
        assert!(finds(query, "The Budget Réunion, bring tea"), "{query}");
    }
    for query in ["udget", "budg tea", "budg ", "budget -tea", "budget \"the tea\"", "???"] {
        assert!(!finds(query, "The Budget Réunion, bring tea"), "{query}");
    }
}

#[test]
fn any_part_of_chinese_matches() {
    for query in
        ["京", "学", "京大", "北京大学", "在北京", "大学 北京", "\"京大\"", "iph", "用ip", "用iPhone手"]
    {
        assert!(finds(query, "我在北京大学。用iPhone手机"), "{query}");
    }
    for query in ["北大", "学用", "京 -学", "phone", "北京 上海"] {
        assert!(!finds(query, "我在北京大学。用iPhone手机"), "{query}");
    }
}

#[test]
fn phrases_and_joined_words_follow_each_other() {
    let text = "foo-bar baz, qux";
    for query in ["foo-bar", "foo_ba", "\"bar baz qux\"", "\"FOO bar", "qux foo"] {
        assert!(finds(query, text), "{query}");
    }
    for query in ["foo-baz", "\"baz bar\"", "\"foo ba\"", "bar-foo"] {
        assert!(!finds(query, text), "{query}");
    }
}

#[test]
fn filters_hold_each_and_of_authors_and_places_one() {
    for query in [
        "from:mei",
        "from:bob from:me",
        "in:#7 in:#8",
        "has:reaction -has:link",
        "is:pinned -is:thread",
        "after:2026-03-01",
        "before:2026-03-02",
        "-from:bob hi",
        "-before:2026-03-01",
    ] {
        assert!(finds(query, "hi"), "{query}");
    }
    for query in [
        "from:bob",
        "-from:mei",
        "-from:bob -from:mei",
        "in:#8",
        "has:reaction has:link",
        "before:2026-03-01",
        "after:2026-03-02",
        "from:mei ho",
    ] {
        assert!(!finds(query, "hi"), "{query}");
    }
}

#[test]
fn what_was_found_is_marked() {
    assert_eq!(marked("bud tea", "Budget tea, steady team"), ["tea", "tea"]);
    assert_eq!(marked("tea bud", "Budget tea, steady team"), ["Bud", "tea"]);
    assert_eq!(marked("re", "Re\u{301}union RÉ"), ["Re\u{301}", "RÉ"]);
    assert_eq!(marked("京大 学", "北京大学。学"), ["京大学", "学"]);
    assert_eq!(marked("\"foo bar\"", "foo bar, foo"), ["foo", "bar"]);
    assert_eq!(marked("-foo from:mei", "foo"), [""; 0]);
}

#[test]
fn days_begin_where_one_is() {
    let noon = Timestamp(1_772_366_400_000);
    assert_eq!(Date::of(noon, 0), date("2026-03-01"));
    assert_eq!(Date::of(noon, 13 * 60), date("2026-03-02"));
    assert_eq!(Date::of(noon, -13 * 60), date("2026-02-28"));
    assert_eq!(Date::of(Timestamp(0), 0), date("1970-01-01"));
    assert_eq!(Date::of(Timestamp(u64::MAX), 0), date("9999-12-31"));
    assert_eq!(date("2026-03-01").start(0), Timestamp(1_772_323_200_000));
    assert_eq!(date("2026-03-01").start(480), Timestamp(1_772_323_200_000 - 8 * 3_600_000));
}

proptest! {
    #[test]
    fn every_text_is_a_query_that_is_written_as_it_is_read(text in "(from:|in:|has:link|-|\"|“|”|#1|@| |[a-c李京é]|\\PC){0,12}") {
        let query = SearchQuery::parse(&text);
        let kinds = |query: &SearchQuery| query.terms.iter().map(|term| (term.negated, term.kind.clone())).collect::<Vec<_>>();
        let both_quotes = text.contains('"') && text.contains('”');
        if !both_quotes {
            prop_assert_eq!(kinds(&SearchQuery::parse(&query.to_string())), kinds(&query), "{}", query);
        }
        for (term, next) in query.terms.iter().zip(query.terms.iter().skip(1)) {
            prop_assert!(term.range.end <= next.range.start);
        }
    }

    #[test]
    fn a_message_has_every_token_that_a_query_needs(text in "[abAé北京大学ー가 ,🎉-]{0,16}", query in "[abAé北京大学ー가🎉-]{1,4}") {
        use crate::tokens::tokens;
        let matcher = Matcher::new(&SearchQuery::parse(&query), &UnicodeTables);
        let forms: Vec<_> = tokens(&text).map(|token| token.form).collect();
        for sequence in matcher.wanted() {
            let found = sequence.is_in(&crate::tokens::pieces(&text, &UnicodeTables));
            let has_all = sequence.needed().into_iter().all(|needed| match needed {
                Needed::Token(form) => forms.contains(&form),
                Needed::WordPrefix(prefix) | Needed::Character(prefix) => {
                    forms.iter().any(|form| form.starts_with(&prefix))
                }
            });
            prop_assert!(has_all || !found);
            prop_assert!(sequence.exact_token().is_none() || has_all == found);
        }
    }

    #[test]
    fn what_is_marked_is_sorted_and_within_the_text(text in "[abé\u{301}北京 ,]{0,16}", query in "[abé北京 ]{1,6}") {
        let mut end = 0;
        for range in highlights(&SearchQuery::parse(&query), &text) {
            prop_assert!(range.start >= end && !text[range.clone()].is_empty());
            end = range.end;
        }
    }

    #[test]
    fn a_day_begins_within_itself(at in 0_u64..4_000_000_000_000, offset in -840..=840_i32) {
        let day = Date::of(Timestamp(at), offset);
        let start = day.start(offset);
        prop_assert!(start.0 <= at && at < start.0 + 24 * 3_600_000 + 840 * 60_000);
        if start.0 > 0 {
            prop_assert_eq!(Date::of(start, offset), day);
        }
    }
}
