//! Frames that should not have been sent.

use confab_shared::{
    error::ErrorCode,
    id::{ConversationId, Seq},
    protocol::{ClientFrame, close},
};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Person, Server, client::RawSocket, client_id, person::EVERYONE};

/// "Message too big": <https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1>.
const TOO_BIG: u16 = 1009;

#[tokio::test]
async fn a_frame_that_is_too_large_ends_the_connection_and_says_why() {
    let server = Server::start().await;
    let mut socket = Person::come(&server, "mei").await.connect().await;
    socket.post(client_id(), EVERYONE, &"x".repeat(70_000)).await;
    socket.expect_error(ErrorCode::TooLarge).await;
    assert_eq!(socket.closed().await, TOO_BIG);
}

#[tokio::test]
async fn a_text_outside_its_limits_is_refused_and_ends_nothing() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut socket = mei.connect().await;
    let cases = [
        ("x".repeat(16 * 1024 + 1), ErrorCode::TextTooLong),
        ("名".repeat(16 * 1024 / 3 + 1), ErrorCode::TextTooLong),
        (String::new(), ErrorCode::TextEmpty),
        (" \n\t\u{3000}".to_owned(), ErrorCode::TextEmpty),
        ("a\u{0}b".to_owned(), ErrorCode::TextControlCharacter),
        ("a\u{1b}[31m".to_owned(), ErrorCode::TextControlCharacter),
        ("a\u{7f}".to_owned(), ErrorCode::TextControlCharacter),
    ];
    for (text, code) in cases {
        let id = client_id();
        socket.post(id, EVERYONE, &text).await;
        let error = socket.expect_error(code).await;
        assert_eq!(error.client_id, Some(id));
    }
    socket.send_text(EVERYONE, &"x".repeat(16 * 1024)).await;
    assert_eq!(mei.view(EVERYONE).await.message_count, 1);
}

#[tokio::test]
async fn what_cannot_be_understood_is_answered_and_ends_nothing() {
    let server = Server::start().await;
    let mut socket = Person::come(&server, "mei").await.connect().await;
    let id = client_id();
    let cases = [
        ("{".to_owned(), ErrorCode::BadJson),
        ("hello".to_owned(), ErrorCode::BadJson),
        (String::new(), ErrorCode::BadJson),
        ("[]".to_owned(), ErrorCode::BadFrame),
        ("{}".to_owned(), ErrorCode::BadFrame),
        (json!({"type": "send"}).to_string(), ErrorCode::BadFrame),
        (json!({"type": "read", "conversation": 1, "seq": -1}).to_string(), ErrorCode::BadFrame),
        (json!({"type": "read", "conversation": "1", "seq": 1}).to_string(), ErrorCode::BadFrame),
        (
            json!({"type": "send", "client_id": "x", "conversation": 1, "text": "x"}).to_string(),
            ErrorCode::BadFrame,
        ),
        (json!({"type": "fly"}).to_string(), ErrorCode::UnknownType),
        (json!({"type": "hello", "token": "again"}).to_string(), ErrorCode::BadFrame),
    ];
    for (text, code) in cases {
        socket.send_raw(text.clone()).await;
        let error = socket.next_error().await;
        assert_eq!(error.code, code, "{text}: {error:?}");
        assert!(!error.message.is_empty());
    }
    let broken = json!({"type": "send", "client_id": id, "conversation": "x", "text": "hi"});
    socket.send_raw(broken.to_string()).await;
    assert_eq!(socket.expect_error(ErrorCode::BadFrame).await.client_id, Some(id));
    socket.send_message(Message::binary(vec![0; 16])).await;
    socket.expect_error(ErrorCode::BinaryFrame).await;
    let later = json!({"type": "send", "client_id": id, "conversation": 1, "text": "hi", "later": {"a": 1}});
    socket.send_raw(later.to_string()).await;
    socket.ack(id).await;
}

#[tokio::test]
async fn a_connection_begins_with_a_hello_that_holds() {
    let server = Server::start().await;
    let token = "nobody's".to_owned();
    let cases = [
        (ClientFrame::Hello { token }, ErrorCode::BadToken, close::BAD_TOKEN),
        (ClientFrame::Hello { token: String::new() }, ErrorCode::BadToken, close::BAD_TOKEN),
        (ClientFrame::Resync, ErrorCode::HelloExpected, close::NO_HELLO),
        (
            ClientFrame::Typing { conversation: EVERYONE, stopped: false },
            ErrorCode::HelloExpected,
            close::NO_HELLO,
        ),
    ];
    for (frame, code, closed) in cases {
        let mut socket = RawSocket::open(&server.socket_url("")).await;
        socket.send(&frame).await;
        assert_eq!(socket.turned_away().await, (code, closed), "{frame:?}");
    }
    let cases = [
        (Message::text("{"), ErrorCode::BadJson),
        (Message::text(r#"{"type":"fly"}"#), ErrorCode::UnknownType),
        (Message::binary(vec![1]), ErrorCode::BinaryFrame),
    ];
    for (message, code) in cases {
        let mut socket = RawSocket::open(&server.socket_url("")).await;
        socket.send_message(message).await;
        assert_eq!(socket.turned_away().await, (code, close::NO_HELLO));
    }
}

#[tokio::test]
async fn who_says_nothing_is_turned_away() {
    let server = Server::start().await;
    let mut socket = RawSocket::open(&server.socket_url("")).await;
    assert_eq!(socket.turned_away().await, (ErrorCode::HelloExpected, close::NO_HELLO));
}

#[tokio::test]
async fn a_conversation_of_others_looks_like_none() {
    let server = Server::start().await;
    let (mei, eve) = (Person::come(&server, "mei").await, Person::come(&server, "eve").await);
    let group = mei.group("Trip", &[]).await;
    let mut socket = eve.connect().await;
    for id in [group, ConversationId(4_000), ConversationId(0), ConversationId(u64::MAX)] {
        let command = client_id();
        socket.post(command, id, "let me in").await;
        let error = socket.expect_error(ErrorCode::UnknownConversation).await;
        assert_eq!(error.client_id, Some(command), "{id}");
        socket.typing(id).await;
        socket.expect_error(ErrorCode::UnknownConversation).await;
        socket.read(id, Seq(1)).await;
        socket.expect_error(ErrorCode::UnknownConversation).await;
        let unknown = ErrorCode::UnknownConversation;
        eve.try_view(id).await.unwrap_err().is(404, unknown);
        eve.page(id, "").await.unwrap_err().is(404, unknown);
        eve.members(id).await.unwrap_err().is(404, unknown);
        eve.rename(id, client_id(), "Mine").await.unwrap_err().is(404, unknown);
        eve.add(id, client_id(), &["eve"]).await.unwrap_err().is(404, unknown);
        eve.leave(id, client_id()).await.unwrap_err().is(404, unknown);
    }
    let view = mei.view(group).await;
    assert_eq!((view.message_count, view.member_count, view.title.unwrap().as_str()), (0, 1, "Trip"));
}
