//! Requests to join a group, as a client keeps them: what signals and events since make of them is what a welcome has.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use confab_shared::{
    api::ConversationView,
    conversation::{Conversation, ConversationKind},
    event::{Event, Invited, Joined},
    group_request::GroupRequest,
    id::{ConversationId, Seq, Timestamp, UserId},
    protocol::{EventFrame, Limits, Welcome},
    state::{FetchRequest, State},
    text::{Title, UserName},
    user::User,
};

const ME: UserId = UserId(1);
const TRIP: ConversationId = ConversationId(7);
const HOME: ConversationId = ConversationId(8);

fn user(id: UserId, name: &str) -> User {
    User::new(id, UserName::new(name).unwrap())
}

fn request(conversation: ConversationId, at: u64) -> GroupRequest {
    let title = Title::new("Trip").unwrap();
    GroupRequest { conversation, title, by: user(UserId(2), "mei"), at: Timestamp(at) }
}

fn welcomed(group_requests: Vec<GroupRequest>) -> State {
    let mut state = State::default();
    state.welcome(Welcome {
        you: user(ME, "me"),
        conversations: vec![],
        more: None,
        users: vec![],
        presence: vec![],
        group_requests,
        threads: vec![],
        unread_threads: 0,
        limits: Limits::default(),
        time: Timestamp(0),
    });
    state
}

fn view(id: ConversationId) -> ConversationView {
    let conversation = Conversation {
        member_count: 2,
        head_seq: Seq(3),
        ..Conversation::new(id, ConversationKind::Group, Timestamp(1))
    };
    ConversationView { conversation, users: vec![], presence: vec![] }
}

fn ids(state: &State) -> Vec<ConversationId> {
    state.group_requests().iter().map(|request| request.conversation).collect()
}

#[test]
fn requests_come_with_the_welcome_and_live_the_newest_first() {
    let mut state = welcomed(vec![request(TRIP, 1)]);
    state.group_requested(request(HOME, 2));
    assert_eq!(ids(&state), [HOME, TRIP]);
    state.group_requested(request(TRIP, 3));
    assert_eq!(ids(&state), [TRIP, HOME], "one for each group");
    state.group_request_ended(TRIP);
    assert_eq!(ids(&state), [HOME]);
}

#[test]
fn a_request_ends_with_joining_in_any_tab() {
    let mut state = welcomed(vec![request(TRIP, 1), request(HOME, 1)]);
    state.made(view(TRIP));
    assert_eq!(ids(&state), [HOME]);
    let body = Joined { users: vec![ME] }.into();
    let event = Event { conversation: HOME, seq: Seq(3), at: Timestamp(5), by: ME, client_id: None, body };
    let fetch = state.event(EventFrame { event, users: vec![] });
    assert_eq!(fetch, Some(FetchRequest::Conversation(HOME)));
    state.view(view(HOME));
    assert_eq!(ids(&state), []);
    state.group_requested(request(HOME, 1));
    assert_eq!(ids(&state), [], "the signal came late");
}

#[test]
fn who_is_asked_to_join_is_no_member() {
    let mut state = welcomed(vec![]);
    state.view(view(TRIP));
    let before = state.conversation(TRIP).unwrap().clone();
    let body = Invited { users: vec![UserId(3)] }.into();
    let by = UserId(2);
    let event = Event { conversation: TRIP, seq: Seq(4), at: Timestamp(5), by, client_id: None, body };
    assert_eq!(state.event(EventFrame { event, users: vec![user(UserId(3), "zoe")] }), None);
    let after = state.conversation(TRIP).unwrap();
    assert_eq!(*after, Conversation { head_seq: Seq(4), ..before });
    assert_eq!(state.user(UserId(3)).unwrap().name.as_str(), "zoe");
}
