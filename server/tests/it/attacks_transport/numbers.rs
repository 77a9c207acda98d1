//! Numbers beyond all that exists: of conversations, of events, of how many.

use confab_shared::{error::ErrorCode, protocol::ServerFrame};
use reqwest::Method;
use serde_json::{Value, json};

use super::is_well;
use crate::support::{Person, Server, Socket, client_id, in_time, person::EVERYONE};

/// The ends of the types that a number may be converted to on its way.
const NUMBERS: [u64; 8] = [
    0,
    u32::MAX as u64,
    u32::MAX as u64 + 1,
    1 << 53,
    i64::MAX as u64,
    i64::MAX as u64 + 1,
    u64::MAX - 1,
    u64::MAX,
];

/// Sends a command, and returns what it is refused with.
async fn refused(socket: &mut Socket, mut command: Value) -> ErrorCode {
    let id = client_id();
    command["client_id"] = json!(id);
    socket.send_raw(command.to_string()).await;
    let refusal = |frame: &ServerFrame| match frame {
        ServerFrame::Error(error) if error.client_id == Some(id) => Some(error.code),
        _ => None,
    };
    socket.find(&format!("a refusal of {command}"), refusal).await
}

#[tokio::test]
async fn numbers_in_a_frame_are_refused_and_end_nothing() {
    let server = Server::start().await;
    let mut socket = Person::come(&server, "mei").await.connect().await;
    let first = socket.send_text(EVERYONE, "hi").await;
    for number in NUMBERS {
        for conversation in [json!(number), json!(EVERYONE)] {
            for mut frame in [
                json!({"type": "edit", "target": number, "text": "x"}),
                json!({"type": "delete", "target": number}),
                json!({"type": "react", "target": number, "emoji": "👍", "on": true}),
                json!({"type": "pin", "target": number, "on": true}),
            ] {
                frame["conversation"] = conversation.clone();
                let code = refused(&mut socket, frame.clone()).await;
                // Members pin nothing in Everyone.
                let expected = matches!(
                    code,
                    ErrorCode::UnknownConversation | ErrorCode::UnknownMessage | ErrorCode::Forbidden
                );
                assert!(expected, "{frame}: {code:?}");
            }
        }
        let send = json!({"type": "send", "conversation": number, "text": "x"});
        assert_eq!(refused(&mut socket, send).await, ErrorCode::UnknownConversation);
        socket.send_raw(json!({"type": "typing", "conversation": number}).to_string()).await;
        socket.send_raw(json!({"type": "read", "conversation": number, "seq": number}).to_string()).await;
    }
    // Beyond the end it is the end.
    let read = json!({"type": "read", "conversation": EVERYONE, "seq": u64::MAX});
    socket.send_raw(read.to_string()).await;
    assert_eq!(socket.send_text(EVERYONE, "still here").await.seq, first.seq.next());
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[tokio::test]
async fn numbers_in_an_address_are_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    mei.connect().await.send_text(EVERYONE, "hi").await;
    let numbers = NUMBERS.map(|number| number.to_string());
    let strange = ["-1", "18446744073709551616", "1e3", "0x1", "1.0", "%00", "%F0", "1;2"].map(str::to_owned);
    for number in numbers.iter().chain(&strange) {
        for (method, path) in [
            (Method::GET, format!("/conversations/{number}")),
            (Method::GET, format!("/conversations/{number}/members")),
            (Method::GET, format!("/conversations/{number}/pins")),
            (Method::GET, format!("/conversations/{number}/events?after=0")),
            (Method::GET, format!("/conversations/{number}/messages")),
            (Method::GET, format!("/conversations/1/messages/{number}/revisions")),
            (Method::GET, format!("/conversations/1/events?after={number}")),
            (Method::GET, format!("/conversations/1/events?before={number}")),
            (Method::GET, format!("/conversations/1/messages?after={number}")),
            (Method::GET, format!("/conversations/1/messages?before={number}")),
            (Method::GET, format!("/conversations/1/messages?around={number}")),
            (Method::GET, format!("/conversations/1/messages?limit={number}")),
            (Method::DELETE, format!("/conversations/1/messages/{number}")),
        ] {
            let answer = in_time("an answer", mei.request(method.clone(), &path).send()).await.unwrap();
            assert!(!answer.status().is_server_error(), "{method} {path}: {}", answer.status());
        }
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
    is_well(&server).await;
}
