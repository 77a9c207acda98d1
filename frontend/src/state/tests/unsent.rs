//! What is unsent outlives the page, and is lost by nobody.

use super::*;

#[test]
fn what_is_unsent_outlives_the_page() {
    let person = Person::reading(vec![said(1, ME, 1)], 1);
    person.chat.lost();
    person.writes(1, "one", 5);
    person.writes(2, "two", 4);
    assert_eq!(person.shelf.texts(), ["one", "two"]);
    let mut person = person.comes_back();
    assert_eq!(person.chat.unsent_count(), 2);
    assert_eq!(person.told(), []);
    person.welcome(1, 1);
    assert_eq!(person.sent(), ["one", "two"]);
    person.chat.open(Some(ID));
    person.chat.page(
        FetchRequest::Newest(ID),
        EventPage { events: vec![said(1, ME, 1)], users: Vec::new(), head_seq: Seq(1) },
    );
    assert_eq!(person.sees(), ["day 0", "123 [1", "123 Pending", "123 Pending]"]);
    person.acked(1, 2);
    assert_eq!(person.shelf.texts(), ["two"]);
    person.acked(2, 3);
    assert!(person.shelf.texts().is_empty());
    assert_eq!(person.comes_back().chat.unsent_count(), 0);
}

#[test]
fn where_there_is_no_room_to_keep_a_message_it_goes_out_all_the_same() {
    let mut person = Person::welcomed(1, 1);
    person.shelf.is_full(true);
    person.writes(1, "one", 5);
    assert_eq!(person.sent(), ["one"]);
    assert!(person.chat.has_unkept());
    person.acked(1, 2);
    assert!(!person.chat.has_unkept(), "what is on the server's disk needs no room here");
}

#[test]
fn what_is_unsent_is_counted_by_conversation_and_can_be_given_up() {
    let person = Person::welcomed(1, 1);
    person.chat.lost();
    person.writes(1, "one", 5);
    let gone = ConversationId(99);
    person.chat.post(ClientId(Uuid::from_u128(2)), gone, MessageText::new("two").unwrap(), Timestamp(6));
    person.writes(3, "three", 7);
    let counts: Vec<_> = person.chat.unsent().into_iter().map(|u| (u.row.is_some(), u.count)).collect();
    assert_eq!(counts, [(true, 2), (false, 1)]);
    assert_eq!((person.chat.unsent_count(), person.chat.waiting_count()), (3, 3));
    person.chat.discard_unsent();
    assert_eq!(person.chat.unsent_count(), 0);
    assert!(person.shelf.texts().is_empty());
}

#[test]
fn what_was_written_where_one_is_no_more_is_shown_apart() {
    let mut person = Person::welcomed(1, 1);
    person.writes(1, "lost otherwise", 5);
    person.told();
    person.chat.take(live(event(2, ME, 2, EventBody::Left(Left {}))));
    let texts = |person: &Person| person.chat.stranded().into_iter().map(|s| s.text).collect::<Vec<_>>();
    assert!(texts(&person).is_empty(), "it may have come before");
    person.chat.take(ServerFrame::Error(ErrorBody {
        code: ErrorCode::UnknownConversation,
        message: "No.".to_owned(),
        client_id: Some(ClientId(Uuid::from_u128(1))),
    }));
    assert_eq!(texts(&person), ["lost otherwise"]);
    let person = person.comes_back();
    person.welcome_to(Vec::new());
    assert_eq!(texts(&person), ["lost otherwise"]);
    person.chat.discard(ClientId(Uuid::from_u128(1)));
    assert!(texts(&person).is_empty() && person.shelf.texts().is_empty());
}
