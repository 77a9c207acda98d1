//! Changes of a group are commands of the outbox: they show at once, wait while disconnected and can be retried.

use confab_shared::{
    command::{Command, Leave, Rename},
    event::Renamed,
    text::Title,
};

use super::*;
use crate::features::{conversations::summary::ConversationSummary, outbox::unsent::stranded_messages};

fn client_id(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(number))
}

fn rename(number: u128, title: &str) -> Command {
    Rename { client_id: client_id(number), conversation: ID, title: title.to_owned() }.into()
}

fn title(client: &Client) -> Option<String> {
    client.chat.state.with_untracked(|state| ConversationSummary::name(state, ID))
}

fn refuse(client: &Client, number: u128, code: ErrorCode) {
    let error = ErrorBody {
        code,
        message: "No.".to_owned(),
        client_id: Some(client_id(number)),
        retry_after_ms: None,
    };
    client.chat.receive(ServerFrame::Error(error));
}

#[test]
fn a_rename_shows_at_once_and_is_replaced_by_its_event() {
    let mut client = Client::reading(vec![posted(1, MEI, 1)], 1);
    client.chat.submit(rename(1, "Journey"), Timestamp(5));
    assert_eq!(title(&client).as_deref(), Some("Journey"));
    assert_eq!(client.sent_frames(), [ClientFrame::from(rename(1, "Journey"))]);
    client.receive_ack(1, 2);
    assert_eq!(title(&client).as_deref(), Some("Journey"), "acknowledged, and its event is on the way");
    let body = EventBody::Renamed(Renamed { title: Title::new("Journey").unwrap() });
    let event = Event { client_id: Some(client_id(1)), ..event(2, ME, 6, body) };
    client.chat.receive(live(event));
    assert_eq!(title(&client).as_deref(), Some("Journey"));
    assert_eq!(client.chat.state.with_untracked(|state| state.outbox.of(ID).count()), 0);
    assert_eq!(client.rows(), ["day 0", "mei [1]", "notice 2"], "a change is no message");
}

#[test]
fn changes_wait_while_disconnected_and_outlive_the_page() {
    let client = Client::welcomed(1, 1);
    client.chat.connection_lost();
    client.chat.submit(rename(1, "Journey"), Timestamp(5));
    let mut client = client.restarted();
    client.welcome(1, 1);
    assert_eq!(title(&client).as_deref(), Some("Journey"));
    assert_eq!(client.sent_frames(), [ClientFrame::from(rename(1, "Journey"))]);
}

#[test]
fn a_refused_rename_shows_the_old_title_and_can_be_retried() {
    let mut client = Client::welcomed(1, 1);
    client.chat.submit(rename(1, "Journey"), Timestamp(5));
    refuse(&client, 1, ErrorCode::StoreFailed);
    assert_eq!(title(&client), None);
    client.sent_frames();
    client.chat.retry(client_id(1));
    assert_eq!(title(&client).as_deref(), Some("Journey"));
    assert_eq!(client.sent_frames(), [ClientFrame::from(rename(1, "Journey"))]);
    client.chat.discard(client_id(1));
    assert_eq!(client.chat.unsent_count(), 0);
}

#[test]
fn leaving_removes_the_conversation_and_what_was_changed_in_it() {
    let client = Client::welcomed(1, 1);
    client.chat.submit(rename(1, "Journey"), Timestamp(5));
    refuse(&client, 1, ErrorCode::StoreFailed);
    client.chat.submit(Leave { client_id: client_id(2), conversation: ID }.into(), Timestamp(6));
    let left = Event { client_id: Some(client_id(2)), ..event(2, ME, 6, EventBody::Left(Left {})) };
    client.chat.receive(live(left));
    assert!(client.chat.is_gone(ID));
    client.receive_ack(2, 2);
    assert_eq!(client.chat.unsent_count(), 0, "a refused rename of a group that was left is pointless");
    assert_eq!(client.restarted().chat.unsent_count(), 0);
}

#[test]
fn a_leave_of_a_group_that_was_left_in_another_session_is_dropped() {
    let client = Client::welcomed(1, 1);
    client.chat.connection_lost();
    client.chat.submit(Leave { client_id: client_id(1), conversation: ID }.into(), Timestamp(5));
    client.welcome_to(Vec::new());
    refuse(&client, 1, ErrorCode::UnknownConversation);
    assert_eq!(client.chat.unsent_count(), 0);
    assert!(client.chat.state.with_untracked(stranded_messages).is_empty());
}
