//! Reading: where it begins, stops and goes on.

use super::*;

fn page(seqs: std::ops::RangeInclusive<u64>, head: u64) -> EventPage {
    let events = seqs.map(|seq| said(seq, MEI, seq)).collect();
    EventPage { events, users: Vec::new(), head_seq: Seq(head) }
}

/// The row below the “New” line.
fn new_from(person: &Person) -> Option<String> {
    let rows = person.sees();
    let line = rows.iter().position(|row| row == "new")?;
    rows.get(line + 1).map(|row| row.replace(['[', ']'], ""))
}

#[test]
fn opening_begins_at_the_first_unread_however_many_there_are() {
    let mut person = Person::welcomed(5_000, 100);
    person.chat.open(Some(ID));
    let need = person.needs();
    assert_eq!(need, FetchRequest::Around(ID, Seq(101)));
    person.chat.page(need, page(41..=160, 5_000));
    assert_eq!(new_from(&person).unwrap(), "mei 101");
    assert_eq!(person.asked(), [], "the rest is fetched where one scrolls");
    person.chat.read_to(ID, Seq(120));
    let unread = person.chat.state.with_untracked(|state| state.unread());
    assert_eq!(unread, 4_880);
}

#[test]
fn a_window_on_the_past_grows_to_the_newest_and_then_follows() {
    let mut person = Person::welcomed(300, 100);
    person.chat.open(Some(ID));
    let need = person.needs();
    person.chat.page(need, page(41..=160, 300));
    person.chat.fetch_beside(ID, Edge::Newer);
    person.chat.fetch_beside(ID, Edge::Newer);
    assert_eq!(person.asked(), [Fetch::Beside(ID, Edge::Newer, Seq(160))], "asked once");
    person.chat.take(live(said(301, MEI, 301)));
    assert!(!person.sees().contains(&"mei 301]".to_owned()), "it is beyond the window");
    person.chat.page_beside(ID, Edge::Newer, Some(page(161..=300, 300)));
    assert_eq!(person.sees().last().unwrap(), "mei 301]", "it waited until the window reached it");
    person.chat.take(live(said(302, MEI, 302)));
    assert_eq!(person.sees().last().unwrap(), "mei 302]");
    person.chat.fetch_beside(ID, Edge::Newer);
    assert_eq!(person.asked(), []);
}

#[test]
fn who_answers_from_the_past_goes_to_the_newest() {
    let mut person = Person::welcomed(300, 100);
    person.chat.open(Some(ID));
    let need = person.needs();
    person.chat.page(need, page(41..=160, 300));
    person.writes(1, "one", 400);
    assert!(!person.sees().iter().any(|row| row.contains("Pending")), "not below a window on the past");
    let need = person.needs();
    assert_eq!(need, FetchRequest::Newest(ID));
    person.chat.page(need, page(241..=300, 300));
    assert_eq!(person.sees().last().unwrap(), "123 [Pending]");
}

#[test]
fn the_line_is_set_where_reading_stopped_and_goes_with_an_answer() {
    let person = Person::reading((1..=3).map(|seq| said(seq, MEI, seq)).collect(), 3);
    assert_eq!(new_from(&person), None);
    person.chat.pause_reading(ID);
    assert_eq!(new_from(&person), None, "nothing is new yet");
    person.chat.take(live(said(4, MEI, 4)));
    person.chat.take(live(said(5, MEI, 5)));
    assert_eq!(new_from(&person).unwrap(), "mei 4");
    person.chat.resume_reading(ID);
    person.chat.read_to(ID, Seq(5));
    assert_eq!(new_from(&person).unwrap(), "mei 4", "it stays while one reads");
    person.writes(1, "one", 6);
    assert_eq!(new_from(&person), None);
}

#[test]
fn the_line_stays_where_nothing_came_in_a_pause() {
    let person = Person::reading((1..=3).map(|seq| said(seq, MEI, seq)).collect(), 1);
    assert_eq!(new_from(&person).unwrap(), "mei 2");
    person.chat.read_to(ID, Seq(3));
    person.chat.pause_reading(ID);
    person.chat.resume_reading(ID);
    assert_eq!(new_from(&person).unwrap(), "mei 2");
    person.chat.pause_reading(ID);
    person.chat.take(live(said(4, MEI, 4)));
    assert_eq!(new_from(&person).unwrap(), "mei 4", "it moves with what came since");
}

#[test]
fn what_came_while_out_of_touch_is_new() {
    let mut person = Person::reading((1..=3).map(|seq| said(seq, MEI, seq)).collect(), 3);
    person.chat.lost();
    person.chat.pause_reading(ID);
    person.welcome(23, 3);
    let need = person.needs();
    assert_eq!(need, FetchRequest::After(ID, Seq(3)));
    person.chat.page(need, page(4..=23, 23));
    assert_eq!(new_from(&person).unwrap(), "mei 4");
}

#[test]
fn who_was_away_for_long_scrolls_through_it_and_who_reads_along_sees_the_newest() {
    let mut away = Person::reading((1..=3).map(|seq| said(seq, MEI, seq)).collect(), 3);
    away.chat.pause_reading(ID);
    away.welcome(2_000, 3);
    assert_eq!(away.asked(), [], "not 2,000 events unasked");
    away.chat.fetch_beside(ID, Edge::Newer);
    assert_eq!(away.asked(), [Fetch::Beside(ID, Edge::Newer, Seq(3))]);

    let mut along = Person::reading((1..=3).map(|seq| said(seq, MEI, seq)).collect(), 3);
    along.welcome(2_000, 3);
    assert_eq!(along.needs(), FetchRequest::Newest(ID));
}

#[test]
fn one_comes_back_to_the_place_that_one_left() {
    let mut person = Person::welcomed(300, 300);
    person.chat.open(Some(ID));
    let need = person.needs();
    person.chat.page(need, page(241..=300, 300));
    person.chat.page_beside(ID, Edge::Older, Some(page(181..=240, 300)));
    person.chat.keep_place(ID, Some(ReadingPlace { seq: Seq(190), offset: -4.0 }));
    person.chat.open(None);
    person.chat.open(Some(ID));
    assert_eq!(person.asked(), [], "it is held");
    person.chat.open(None);
    // What was held is given up where the conversation went on meanwhile.
    person.welcome(301, 300);
    person.chat.open(Some(ID));
    assert_eq!(person.needs(), FetchRequest::Around(ID, Seq(190)));
}

#[test]
fn a_fetch_beside_that_failed_is_asked_for_again_by_the_reader() {
    let mut person = Person::welcomed(60, 60);
    person.chat.open(Some(ID));
    let need = person.needs();
    assert_eq!(need, FetchRequest::Newest(ID));
    person.chat.page(need, page(31..=60, 60));
    person.chat.fetch_beside(ID, Edge::Older);
    person.chat.fetch_beside(ID, Edge::Older);
    assert_eq!(person.asked(), [Fetch::Beside(ID, Edge::Older, Seq(31))], "asked once");
    person.chat.page_beside(ID, Edge::Older, None);
    assert_eq!(person.chat.beside(Edge::Older), Some(PageFetch::Failed(ID)));
    person.chat.fetch_beside(ID, Edge::Older);
    assert_eq!(person.asked(), [Fetch::Beside(ID, Edge::Older, Seq(31))]);
    person.chat.page_beside(ID, Edge::Older, Some(page(1..=30, 60)));
    person.chat.fetch_beside(ID, Edge::Older);
    assert_eq!(person.asked(), [], "there is nothing older");
}
