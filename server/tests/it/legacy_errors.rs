//! The demo's dialect: what is wrong is answered, and the connection lives.

use confab_shared::error::ErrorCode;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Demo, Person, Server, demo::private};

#[tokio::test]
async fn what_is_wrong_is_answered_and_ends_nothing() {
    let server = Server::start().await;
    let (mut demo, mut other) = (Demo::connect(&server, "123").await, Demo::connect(&server, "456").await);
    let long = private("123", "456", &"x".repeat(16 * 1024 + 1));
    let wrong = [
        (r#"{"userID1":"456","userID2":"123","data":"not me"}"#, ErrorCode::WrongSender),
        ("hello", ErrorCode::BadJson),
        (r#"{"userID1":"123","#, ErrorCode::BadJson),
        (r#"{"userID1":"123","userID2":"456"}"#, ErrorCode::BadFrame),
        (r#"{"userID1":"123","userID2":"456","data":7}"#, ErrorCode::BadFrame),
        (r#"{"userID1":"123","data":"to whom"}"#, ErrorCode::BadFrame),
        (r#"{"userID2":"456","data":"from whom"}"#, ErrorCode::BadFrame),
        (r#"{"type":7,"userID1":"123","userID2":"456","data":"x"}"#, ErrorCode::BadFrame),
        (r#"{"type":0,"userID1":"123","userID2":"456","data":"x"}"#, ErrorCode::BadFrame),
        (r#"{"type":-1,"userID1":"123","userID2":"456","data":"x"}"#, ErrorCode::BadFrame),
        (r#"{"type":1000,"userID1":"123","userID2":"456","data":"x"}"#, ErrorCode::BadFrame),
        (r#"{"type":"group","userID1":"123","userID2":"456","data":"x"}"#, ErrorCode::BadFrame),
        (
            r#"{"type":2,"userID1":"123","userID2":"No such group","data":"x"}"#,
            ErrorCode::UnknownConversation,
        ),
        (r#"{"type":2,"userID1":"123","data":"x"}"#, ErrorCode::BadFrame),
        (r#"{"userID1":"123","userID2":"two words","data":"x"}"#, ErrorCode::BadName),
        (r#"{"userID1":"123","userID2":"","data":"x"}"#, ErrorCode::TextEmpty),
        (r#"{"userID1":"123","userID2":"456","data":"  "}"#, ErrorCode::TextEmpty),
        (r#"{"userID1":"123","userID2":"456","data":"\u0000"}"#, ErrorCode::TextControlCharacter),
        (&long, ErrorCode::TextTooLong),
    ];
    for (text, code) in wrong {
        demo.send(text).await;
        demo.expect_error(code).await;
    }
    demo.send_message(Message::binary(vec![1, 2, 3])).await;
    demo.expect_error(ErrorCode::BinaryFrame).await;
    demo.say("456", "still here").await;
    assert_eq!(other.next().await, private("123", "456", "still here"), "and nothing of what was wrong");
}

#[tokio::test]
async fn a_group_that_one_is_not_in_cannot_be_written_to() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    mei.group("Trip", &[]).await;
    let mut demo = Demo::connect(&server, "123").await;
    demo.send(r#"{"type":2,"userID1":"123","userID2":"Trip","data":"x"}"#).await;
    demo.expect_error(ErrorCode::UnknownConversation).await;
}

#[tokio::test]
async fn a_frame_that_is_too_large_ends_the_connection_and_says_why() {
    let server = Server::start().await;
    let mut demo = Demo::connect(&server, "123").await;
    demo.say("123", &"x".repeat(70_000)).await;
    demo.expect_error(ErrorCode::TooLarge).await;
    assert_eq!(demo.closed().await, 1009);
}

#[tokio::test]
async fn an_id_that_is_no_name_is_refused() {
    let server = Server::start().await;
    let cases = [
        ("?userID=", ErrorCode::BadName),
        ("?userID", ErrorCode::BadName),
        ("?user=1", ErrorCode::BadName),
        ("?userID=a%20b", ErrorCode::BadName),
        ("?userID=%FF", ErrorCode::BadName),
        ("?userID=%3Cb%3E", ErrorCode::BadName),
        ("?userID=%20", ErrorCode::TextEmpty),
    ];
    for (query, code) in cases {
        let refused = Demo::refused(&server, query).await;
        assert_eq!((refused.status, refused.body.code), (400, code), "{query}");
        assert!(!refused.body.message.is_empty());
    }
    let refused = Demo::refused(&server, &format!("?userID={}", "9".repeat(33))).await;
    assert_eq!((refused.status, refused.body.code), (400, ErrorCode::TextTooLong));
}

#[tokio::test]
async fn an_id_that_somebody_holds_is_refused() {
    let server = Server::start().await;
    Person::come(&server, "mei").await;
    for id in ["mei", "MEI"] {
        let refused = Demo::refused(&server, &format!("?userID={id}")).await;
        assert_eq!((refused.status, refused.body.code), (409, ErrorCode::NameTaken));
    }
}

#[tokio::test]
async fn a_frame_has_little_beside_its_text() {
    let server = Server::start().await;
    let (mut demo, mut other) = (Demo::connect(&server, "123").await, Demo::connect(&server, "456").await);
    let space = " ".repeat(20_000);
    let fields = format!(r#""extra":"{}""#, "x".repeat(20_000));
    for padded in [
        format!(r#"{{"userID1":"123",{space}"userID2":"456","data":"white space"}}"#),
        format!(r#"{{"userID1":"123","userID2":"456{space}","data":"in a name"}}"#),
        format!(r#"{{"userID1":"123","userID2":"456","data":"a field",{fields}}}"#),
        format!(r#"{{"type":3,"userID1":"123","data":"to all",{fields}}}"#),
    ] {
        demo.send(&padded).await;
        demo.expect_error(ErrorCode::TooLarge).await;
    }
    // The longest text, with a little space, and one that escapes make longer than that.
    for text in ["x".repeat(16 * 1024), r"\u4f60".repeat(5_000)] {
        let frame = format!(r#"{{ "userID1": "123", "userID2": "456", "data": "{text}" }}"#);
        demo.send(&frame).await;
        assert_eq!(other.next().await, frame);
    }
}

#[tokio::test]
async fn a_connection_writes_to_a_limited_number_of_names_that_nobody_has() {
    let server = Server::start().await;
    let (mut demo, mut other) = (Demo::connect(&server, "123").await, Demo::connect(&server, "456").await);
    for number in 0..100 {
        demo.say(&format!("new{number}"), "hello").await;
    }
    demo.say("new100", "hello").await;
    demo.expect_error(ErrorCode::RateLimited).await;
    for known in ["456", "new0"] {
        demo.say(known, "still").await;
    }
    assert_eq!(other.next().await, private("123", "456", "still"));
    demo.nothing_more().await;
    other.say("new100", "hello").await;
    other.nothing_more().await;
}
