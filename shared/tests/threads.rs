//! How far threads are read, as a client keeps it: what signals make of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use confab_shared::{
    conversation::{Conversation, ConversationKind},
    event::{Deleted, DeletedReply, Event, EventBody, Posted},
    id::{ConversationId, Seq, Timestamp, UserId},
    protocol::{EventFrame, Welcome},
    state::{FetchRequest, State},
    text::{MessageText, UserName},
    thread::ThreadState,
    user::User,
};

const ME: UserId = UserId(1);
const MEI: UserId = UserId(2);
const TRIP: ConversationId = ConversationId(7);
const ROOT: Seq = Seq(2);

/// The thread that the user follows and has read up to a seq.
fn read_up_to(read_seq: u64, unread: u64, head_seq: u64) -> ThreadState {
    let state = ThreadState::new(TRIP, ROOT, Seq(head_seq));
    ThreadState { following: true, read_seq: Seq(read_seq), unread, ..state }
}

/// A client of a conversation of so many events, the last of them replies.
fn client(thread: ThreadState) -> State {
    let mut state = State::default();
    let conversation = Conversation {
        member_count: 2,
        head_seq: thread.head_seq,
        message_count: 2,
        ..Conversation::new(TRIP, ConversationKind::Group, Timestamp(1))
    };
    state.welcome(Welcome {
        you: User::new(ME, UserName::new("me").unwrap()),
        conversations: vec![conversation],
        more: None,
        users: vec![],
        presence: vec![],
        group_requests: vec![],
        threads: vec![thread],
        unread_threads: 1,
        time: Timestamp(0),
    });
    state
}

fn receive(state: &mut State, seq: u64, body: EventBody) -> Option<FetchRequest> {
    let (seq, at) = (Seq(seq), Timestamp(seq));
    let event = Event { conversation: TRIP, seq, at, by: MEI, client_id: None, body };
    state.event(EventFrame { event, users: vec![] })
}

fn reply() -> EventBody {
    let text = MessageText::new("north").unwrap();
    Posted { thread: Some(ROOT), ..Posted::new(text, 2, vec![]) }.into()
}

fn unread(state: &State) -> (Seq, u64) {
    let thread = state.thread(TRIP, ROOT).unwrap();
    (thread.read_seq, thread.unread)
}

#[test]
fn signals_that_arrive_in_the_wrong_order_do_not_make_a_thread_unread_again() {
    let mut state = client(read_up_to(4, 4, 8));
    // The user read up to 6 and then to 8, and the second signal overtook the first.
    assert_eq!(state.thread_changed(read_up_to(8, 0, 8)), None);
    assert_eq!(state.thread_changed(read_up_to(6, 2, 8)), None);
    assert_eq!(unread(&state), (Seq(8), 0));
    // With an event between them, it is asked for.
    receive(&mut state, 9, reply());
    assert_eq!(unread(&state), (Seq(8), 1));
    assert_eq!(state.thread_changed(read_up_to(6, 2, 8)), Some(FetchRequest::ThreadState(TRIP, ROOT)));
    assert_eq!(state.thread_state(read_up_to(8, 1, 9)), None);
    assert_eq!(unread(&state), (Seq(8), 1));
    // Not followed any more, and followed again from then on.
    state.thread_changed(ThreadState::new(TRIP, ROOT, Seq(9)));
    assert_eq!(state.unread_threads().count(), 0);
    state.thread_changed(read_up_to(9, 0, 9));
    assert_eq!(unread(&state), (Seq(9), 0));
}

#[test]
fn a_deletion_that_is_signalled_before_its_event_is_applied_once() {
    let mut state = client(read_up_to(4, 2, 8));
    // The state of after the deletion comes with the signal of another session.
    state.thread_changed(read_up_to(4, 1, 9));
    let left = DeletedReply { thread: ROOT, also_in_conversation: false, author: MEI, replies: None };
    let deleted = Deleted { reply: Some(Box::new(left)), ..Deleted::new(Seq(8), None) };
    receive(&mut state, 9, deleted.into());
    assert_eq!(unread(&state), (Seq(4), 1));
}

#[test]
fn an_event_of_before_the_welcome_makes_nobody_follow_what_they_left() {
    let mut state = client(ThreadState { root: Seq(3), ..read_up_to(4, 1, 8) });
    // The user wrote in it, followed it no more, and connected before that reply was delivered.
    let text = MessageText::new("mine").unwrap();
    let posted = Posted { thread: Some(ROOT), ..Posted::new(text, 2, vec![]) };
    let (seq, at) = (Seq(8), Timestamp(8));
    let event = Event { conversation: TRIP, seq, at, by: ME, client_id: None, body: posted.into() };
    let request = state.event(EventFrame { event, users: vec![] });
    assert_eq!(request, Some(FetchRequest::ThreadState(TRIP, ROOT)));
    assert_eq!(state.thread_state(ThreadState::new(TRIP, ROOT, Seq(8))), None);
    assert!(!state.thread(TRIP, ROOT).unwrap().following);
}
