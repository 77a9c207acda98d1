//! Somebody is put into a conversation, and its first messages come while it is being fetched.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use confab_shared::{
    api::{ConversationView, EventPage, MessagePage},
    conversation::{Conversation, ConversationKind, UnreadMention},
    event::{Event, EventBody, Joined, Left, Posted},
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    protocol::{EventFrame, Limits, ReadSignal, Welcome},
    state::{FetchRequest, State},
    text::{MessageText, UserName},
    user::User,
};

const ME: UserId = UserId(1);
const MEI: UserId = UserId(2);
const TRIP: ConversationId = ConversationId(7);

fn event(seq: u64, body: EventBody) -> Event {
    Event { conversation: TRIP, seq: Seq(seq), at: Timestamp(seq), by: MEI, client_id: None, body }
}

fn posted(seq: u64) -> Event {
    let text = MessageText::new("who is in?").unwrap();
    event(seq, EventBody::Posted(Posted::new(text, 1, vec![ME])))
}

/// The items of these events, which the log ends with.
fn page(events: &[Event], head: u64) -> MessagePage {
    let items: Vec<_> = events.iter().filter_map(Item::of).collect();
    let first_seq = items.first().map_or(Seq(head + 1), Item::seq);
    MessagePage {
        items,
        quoted: vec![],
        root: None,
        users: vec![],
        head_seq: Seq(head),
        first_seq,
        last_seq: Seq(head),
    }
}

/// The conversation as it was when only its first two events were there.
fn began() -> ConversationView {
    let conversation = Conversation {
        member_count: 2,
        head_seq: Seq(2),
        read_seq: Seq(2),
        mentions: vec![],
        ..Conversation::new(TRIP, ConversationKind::Group, Timestamp(2))
    };
    ConversationView { conversation, users: vec![], presence: vec![] }
}

fn welcomed() -> State {
    let mut state = State::default();
    let you = User::new(ME, UserName::new("me").unwrap());
    state.welcome(Welcome {
        you,
        conversations: vec![],
        more: None,
        users: vec![],
        presence: vec![],
        group_requests: Vec::new(),
        threads: Vec::new(),
        unread_threads: 0,
        limits: Limits::default(),
        time: Timestamp(0),
    });
    state
}

#[test]
fn how_far_others_have_read_does_not_go_back() {
    let mut state = welcomed();
    state.view(began());
    state.read(&ReadSignal {
        conversation: TRIP,
        user: MEI,
        read_seq: Seq(2),
        read_count: 0,
        head_seq: Seq(2),
        back: false,
    });
    state.view(began());
    assert_eq!(
        state.conversation(TRIP).unwrap().peers_read_seq,
        Seq(2),
        "the answer was older than the signal"
    );
}

#[test]
fn a_message_that_comes_during_the_fetch_is_not_missed() {
    let mut state = welcomed();
    let joined = event(2, EventBody::Joined(Joined { users: vec![ME] }));
    let need = state.event(EventFrame { event: joined, users: vec![] });
    assert_eq!(need, Some(FetchRequest::Conversation(TRIP)));
    // While that is under way; the answer is older than this.
    assert_eq!(state.event(EventFrame { event: posted(3), users: vec![] }), None);
    assert_eq!(state.view(began()), Some(FetchRequest::After(TRIP, Seq(2))));
    assert_eq!(
        state.events(TRIP, EventPage { events: vec![posted(3)], users: vec![], head_seq: Seq(3) }),
        None
    );
    let trip = state.conversation(TRIP).unwrap();
    let mention = UnreadMention { seq: Seq(3), event: Seq(3) };
    assert_eq!((trip.unread(), trip.mentions.as_slice()), (1, [mention].as_slice()));
}

#[test]
fn an_answer_that_knows_less_takes_no_cursor_back() {
    let mut state = welcomed();
    state.view(began());
    state.event(EventFrame { event: posted(3), users: vec![] });
    let around = FetchRequest::Around(TRIP, Seq(3));
    assert_eq!(state.open(Some(TRIP)), Some(around));
    assert_eq!(state.messages(around, page(&[posted(3)], 3)), None);
    assert_eq!(state.read_to(TRIP, Seq(3)), Some(Seq(3)));
    let mut late = began();
    late.conversation.head_seq = Seq(3);
    late.conversation.message_count = 1;
    late.conversation.mentions = vec![UnreadMention { seq: Seq(3), event: Seq(3) }];
    state.view(late);
    let trip = state.conversation(TRIP).unwrap();
    assert_eq!((trip.read_seq, trip.unread(), trip.mentions.len()), (Seq(3), 0, 0));
}

#[test]
fn who_leaves_and_is_added_again_during_a_fetch_is_in_it() {
    let mut state = welcomed();
    state.view(began());
    assert_eq!(state.open(Some(TRIP)), Some(FetchRequest::Newest(TRIP)));
    let left = Event { by: ME, ..event(3, EventBody::Left(Left {})) };
    assert_eq!(state.event(EventFrame { event: left, users: vec![] }), None);
    assert!(state.is_gone(TRIP));
    let joined = event(4, EventBody::Joined(Joined { users: vec![ME] }));
    assert_eq!(state.event(EventFrame { event: joined, users: vec![] }), None, "one fetch at a time");
    let answer = state.messages(FetchRequest::Newest(TRIP), page(&[], 2));
    assert_eq!(answer, Some(FetchRequest::Conversation(TRIP)));
    assert_eq!(state.view(began()), Some(FetchRequest::Conversation(TRIP)), "that was from before");
    let mut again = began();
    again.conversation.head_seq = Seq(4);
    assert_eq!(state.view(again), Some(FetchRequest::Newest(TRIP)));
    assert!(!state.is_gone(TRIP));
}

#[test]
fn that_there_was_no_such_conversation_does_not_undo_what_a_command_told_since() {
    let mut state = welcomed();
    assert_eq!(state.open(Some(TRIP)), Some(FetchRequest::Conversation(TRIP)));
    state.made(began());
    assert_eq!(state.gone(TRIP), Some(FetchRequest::Conversation(TRIP)), "asked once more");
    assert_eq!(state.view(began()), Some(FetchRequest::Newest(TRIP)));
    assert!(!state.is_gone(TRIP));
}
