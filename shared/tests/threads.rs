//! How far threads are read, as a client keeps it: what signals make of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use confab_shared::{
    api::MessagePage,
    conversation::{Conversation, ConversationKind},
    event::{Deleted, DeletedReply, Event, EventBody, Posted},
    id::{ConversationId, Seq, Timestamp, UserId},
    item::Item,
    message::Message,
    protocol::{EventFrame, Limits, Welcome},
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
    client_of(vec![thread])
}

/// A client that follows these threads.
fn client_of(threads: Vec<ThreadState>) -> State {
    let mut state = State::default();
    let conversation = Conversation {
        member_count: 2,
        head_seq: threads[0].head_seq,
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
        threads,
        unread_threads: 1,
        limits: Limits::default(),
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
fn unread_threads_are_counted_for_who_follows_more_than_a_welcome_has() {
    // It has those with the newest replies, and of the others the unread ones.
    let newest = (1_000..1_100).map(|root| ThreadState { root: Seq(root), ..read_up_to(8, 0, 8) });
    let mut state = client_of(newest.chain([read_up_to(4, 1, 8)]).collect());
    assert_eq!(state.unread_thread_count(), 1);
    // Of the others one is opened, and one is followed anew.
    for root in [Seq(3), Seq(4)] {
        state.thread_changed(ThreadState { root, ..read_up_to(8, 0, 8) });
        assert_eq!(state.unread_thread_count(), 1);
    }
    // A reply makes another unread, of which the state is not known here.
    let text = MessageText::new("north").unwrap();
    let posted = Posted { thread: Some(Seq(5)), ..Posted::new(text, 2, vec![]) };
    assert_eq!(receive(&mut state, 9, posted.into()), Some(FetchRequest::ThreadState(TRIP, Seq(5))));
    state.thread_state(ThreadState { root: Seq(5), ..read_up_to(7, 1, 9) });
    assert_eq!(state.unread_thread_count(), 2);
    // They are read in another session.
    state.thread_changed(read_up_to(9, 0, 9));
    state.thread_changed(ThreadState { root: Seq(5), ..read_up_to(9, 0, 9) });
    assert_eq!(state.unread_thread_count(), 0);
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

#[test]
fn signals_that_contradict_each_other_between_the_same_events_are_not_believed() {
    let mut state = client(read_up_to(4, 4, 8));
    let following = |state: &State| state.thread(TRIP, ROOT).unwrap().following;
    // The user followed the thread no more, and again; the second signal overtakes the first.
    let none = ThreadState::new(TRIP, ROOT, Seq(8));
    assert_eq!(state.thread_changed(read_up_to(8, 0, 8)), None);
    let request = Some(FetchRequest::ThreadState(TRIP, ROOT));
    assert_eq!(state.thread_changed(none.clone()), request);
    assert_eq!(state.certain_threads().count(), 0);
    assert_eq!(state.thread_state(read_up_to(8, 0, 8)), None);
    assert!(following(&state));
    assert_eq!(state.certain_threads().count(), 1);
    // What was asked for before another signal came may be older than that.
    assert_eq!(state.thread_changed(none.clone()), request);
    assert_eq!(state.thread_changed(none.clone()), None);
    assert_eq!(state.thread_state(read_up_to(8, 0, 8)), request);
    assert_eq!(state.thread_state(none), None);
    assert!(!following(&state));
}

fn message(seq: u64, thread: Option<Seq>) -> Message {
    let posted = Posted { thread, ..Posted::new(MessageText::new("north").unwrap(), 2, vec![]) };
    let (seq, at, body) = (Seq(seq), Timestamp(seq), EventBody::from(posted.clone()));
    Message::new(&Event { conversation: TRIP, seq, at, by: MEI, client_id: None, body }, &posted)
}

fn page(message: Message, root: Option<Message>, (first, last, head): (u64, u64, u64)) -> MessagePage {
    let (first_seq, last_seq, head_seq) = (Seq(first), Seq(last), Seq(head));
    MessagePage {
        items: vec![Item::Message(message)],
        quoted: vec![],
        root,
        users: vec![],
        head_seq,
        first_seq,
        last_seq,
    }
}

#[test]
fn a_reply_in_the_timeline_quotes_what_shows_only_in_its_thread() {
    let mut state = client(read_up_to(4, 4, 8));
    let request = state.open(Some(TRIP)).unwrap();
    state.messages(request, page(message(ROOT.0, None), None, (1, 8, 8)));
    let posted = Posted { thread: Some(ROOT), ..Posted::new(MessageText::new("west").unwrap(), 3, vec![]) };
    let quoting = Posted { reply_to: Some(Seq(8)), also_in_conversation: true, ..posted };
    // A page of the timeline does not have it.
    let request = FetchRequest::Quoted(TRIP, Some(ROOT), Seq(8));
    assert_eq!(receive(&mut state, 9, quoting.into()), Some(request));
    let root = Some(message(ROOT.0, None));
    assert_eq!(state.messages(request, page(message(8, Some(ROOT)), root, (8, 8, 9))), None);
    assert_eq!(state.quoted(TRIP, Seq(8)).unwrap().seq, Seq(8));
}

#[test]
fn what_is_opened_while_a_thread_is_fetched_is_fetched_after_it() {
    let mut state = client(read_up_to(4, 4, 8));
    let request = state.thread_changed(ThreadState::new(TRIP, ROOT, Seq(8)));
    assert_eq!(request, Some(FetchRequest::ThreadState(TRIP, ROOT)));
    assert_eq!(state.open(Some(TRIP)), None);
    let request = state.thread_state(read_up_to(8, 0, 8)).unwrap();
    assert_eq!(request, FetchRequest::Around(TRIP, Seq(1)));
    state.messages(request, page(message(ROOT.0, None), None, (1, 8, 8)));
    // The same of a thread.
    let request = state.thread_changed(ThreadState::new(TRIP, ROOT, Seq(8)));
    assert_eq!(request, Some(FetchRequest::ThreadState(TRIP, ROOT)));
    assert_eq!(state.open_thread(Some(ROOT)), None);
    assert_eq!(state.thread_state(read_up_to(8, 0, 8)), Some(FetchRequest::Thread(TRIP, ROOT)));
}
