//! Unsent commands outlive the page.

use super::*;
use crate::features::outbox::unsent::{stranded_messages, unsent_by_conversation};

#[test]
fn unsent_messages_outlive_the_page() {
    let client = Client::reading(vec![posted(1, ME, 1)], 1);
    client.chat.connection_lost();
    client.sends(1, "one", 5);
    client.sends(2, "two", 4);
    assert_eq!(client.storage.texts(), ["one", "two"]);
    let mut client = client.restarted();
    assert_eq!(client.chat.unsent_count(), 2);
    assert_eq!(client.sent_frames(), []);
    client.welcome(1, 1);
    assert_eq!(client.sent_texts(), ["one", "two"]);
    client.chat.open(Some(ID));
    client.chat.apply_messages(FetchRequest::Newest(ID), page_of(&[posted(1, ME, 1)], 1..=1, 1));
    assert_eq!(client.rows(), ["day 0", "123 [1", "123 Pending", "123 Pending]"]);
    client.receive_ack(1, 2);
    assert_eq!(client.storage.texts(), ["two"]);
    client.receive_ack(2, 3);
    assert!(client.storage.texts().is_empty());
    assert_eq!(client.restarted().chat.unsent_count(), 0);
}

#[test]
fn a_message_that_cannot_be_stored_is_sent_all_the_same() {
    let mut client = Client::welcomed(1, 1);
    client.storage.set_full(true);
    client.sends(1, "one", 5);
    assert_eq!(client.sent_texts(), ["one"]);
    assert!(client.chat.has_unsaved());
    client.receive_ack(1, 2);
    assert!(!client.chat.has_unsaved(), "an acknowledged message needs no storage");
}

#[test]
fn unsent_messages_are_counted_by_conversation_and_can_be_discarded() {
    let client = Client::welcomed(1, 1);
    client.chat.connection_lost();
    client.sends(1, "one", 5);
    let gone = ConversationId(99);
    client.chat.send_message(Send::new(ClientId(Uuid::from_u128(2)), gone, "two".to_owned()), Timestamp(6));
    client.sends(3, "three", 7);
    let unsent = client.chat.state.with_untracked(|state| unsent_by_conversation(state, Timestamp(0)));
    let counts: Vec<_> = unsent.into_iter().map(|u| (u.conversation.is_some(), u.count)).collect();
    assert_eq!(counts, [(true, 2), (false, 1)]);
    assert_eq!((client.chat.unsent_count(), client.chat.pending_count()), (3, 3));
    client.chat.discard_unsent();
    assert_eq!(client.chat.unsent_count(), 0);
    assert!(client.storage.texts().is_empty());
}

#[test]
fn refused_messages_of_a_left_conversation_are_stranded() {
    let mut client = Client::welcomed(1, 1);
    client.sends(1, "see you", 5);
    client.sent_frames();
    client.chat.receive(live(event(2, ME, 2, EventBody::Left(Left {}))));
    let texts = |client: &Client| {
        let stranded = client.chat.state.with_untracked(stranded_messages);
        stranded.into_iter().map(|message| message.text).collect::<Vec<_>>()
    };
    assert!(texts(&client).is_empty(), "the server may have taken it before the user left");
    client.chat.receive(ServerFrame::Error(ErrorBody {
        code: ErrorCode::UnknownConversation,
        message: "No.".to_owned(),
        client_id: Some(ClientId(Uuid::from_u128(1))),
        retry_after_ms: None,
    }));
    assert_eq!(texts(&client), ["see you"]);
    let client = client.restarted();
    client.welcome_to(Vec::new());
    assert_eq!(texts(&client), ["see you"]);
    client.chat.discard(ClientId(Uuid::from_u128(1)));
    assert!(texts(&client).is_empty() && client.storage.texts().is_empty());
}

#[test]
fn the_page_waits_where_the_server_takes_no_more_for_a_moment() {
    let mut client = Client::welcomed(1, 1);
    client.chat.now.set(Timestamp(10_000));
    let first = client.sends(1, "one", 5);
    client.sends(2, "two", 6);
    assert_eq!(client.sent_texts(), ["one", "two"]);
    client.chat.receive(ServerFrame::Error(ErrorBody {
        client_id: Some(first),
        retry_after_ms: Some(2_000),
        ..ErrorBody::new(ErrorCode::RateLimited, "Too much.".to_owned())
    }));
    assert!(client.chat.is_slowed_down());
    client.sends(3, "three", 7);
    assert_eq!(client.chat.pending_count(), 3, "nothing has failed");
    client.chat.now.set(Timestamp(12_000));
    client.chat.resume_sending();
    assert_eq!(client.sent_frames(), [], "the clock ticks once a second");
    client.chat.now.set(Timestamp(13_000));
    client.chat.resume_sending();
    assert_eq!(client.sent_texts(), ["one", "two", "three"]);
    assert!(!client.chat.is_slowed_down());
}
