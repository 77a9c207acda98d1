//! JSON that nests so deeply that a parser that recurses would overflow its stack.

use confab_shared::error::ErrorCode;

use super::{exchange, is_well};
use crate::support::{Person, Server, client::RawSocket, in_time, person::EVERYONE};

/// As deep as a frame has room for.
const DEPTH: usize = 30_000;

fn nested(open: &str, close: &str) -> String {
    format!("{}{}", open.repeat(DEPTH), close.repeat(DEPTH))
}

#[tokio::test]
async fn deep_json_in_a_frame_is_refused_and_ends_nothing() {
    let server = Server::start().await;
    let mut socket = Person::come(&server, "mei").await.connect().await;
    let deep = [
        nested("[", "]"),
        "[".repeat(2 * DEPTH),
        r#"{"a":"#.repeat(DEPTH / 3),
        format!(r#"{{"type":"ping","later":{}}}"#, nested("[", "]")),
        format!(r#"{{"later":{},"type":"ping"}}"#, nested("[", "]")),
        format!(r#"{{"type":"typing","conversation":{}}}"#, nested("[", "]")),
    ];
    for text in deep {
        socket.send_raw(text).await;
        let error = socket.next_error().await;
        assert!(matches!(error.code, ErrorCode::BadJson | ErrorCode::BadFrame), "{error:?}");
    }
    socket.send_text(EVERYONE, "still here").await;
}

#[tokio::test]
async fn deep_json_as_a_hello_is_refused() {
    let server = Server::start().await;
    let mut socket = RawSocket::open(&server.socket_url("")).await;
    let hello = format!(r#"{{"type":"hello","token":{}}}"#, nested("[", "]"));
    socket.send_message(tokio_tungstenite::tungstenite::Message::text(hello)).await;
    let (code, _) = socket.turned_away().await;
    assert!(matches!(code, ErrorCode::BadJson | ErrorCode::BadFrame), "{code:?}");
}

#[tokio::test]
async fn deep_json_in_the_demos_dialect_is_refused_and_ends_nothing() {
    let server = Server::start().await;
    let (mut one, mut other) = (
        crate::support::Demo::connect(&server, "123").await,
        crate::support::Demo::connect(&server, "456").await,
    );
    one.send(&format!(r#"{{"userID1":"123","userID2":"456","data":{}}}"#, nested("[", "]"))).await;
    let text = in_time("an answer", one.next()).await;
    assert!(text.contains("bad_json") || text.contains("bad_frame"), "{text}");
    one.say("456", "still here").await;
    assert!(other.next().await.contains("still here"));
}

#[tokio::test]
async fn deep_json_in_a_body_is_refused() {
    let server = Server::start().await;
    for body in [format!(r#"{{"name":{}}}"#, nested("[", "]")), nested("[", "]"), "[".repeat(DEPTH)] {
        let request = format!(
            "POST /api/v1/sessions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = exchange(&server, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer:?}");
    }
    is_well(&server).await;
}
