//! The log: lines for people or for programs, and the id that ties an error to its connection.

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Demo, Server, client, in_time, server::Setup};

/// A server that logs what connections do.
fn talkative() -> Setup {
    Server::with().variable("CONFAB_LOG", "info,confab=debug")
}

/// The id of the connection in an error frame.
fn connection(frame: &str) -> String {
    let frame: Value = serde_json::from_str(frame).unwrap();
    assert_eq!(frame["type"], "error", "{frame}");
    let id = frame["connection"].as_str().unwrap();
    assert!(id.len() == 8 && id.chars().all(|digit| digit.is_ascii_hexdigit()), "{id}");
    id.to_owned()
}

/// Sends a frame that is refused on a new connection: the id in the answer.
async fn refused_frame(server: &Server) -> String {
    let mut stream = client::open(&server.socket_url(""), &[]).await.unwrap();
    stream.send(Message::text(r#"{"type":"fly"}"#)).await.unwrap();
    match in_time("an error", stream.next()).await {
        Some(Ok(Message::Text(text))) => connection(text.as_str()),
        other => panic!("a text was expected: {other:?}"),
    }
}

#[tokio::test]
async fn an_error_frame_has_the_id_of_its_connection_in_the_log() {
    let server = talkative().start().await;
    let (one, other) = (refused_frame(&server).await, refused_frame(&server).await);
    assert_ne!(one, other);
    for id in [one, other] {
        server
            .logs(&format!(
                "connection{{id={id}}}: confab::transport::ws::error_frame: answered with an error"
            ))
            .await;
    }
    let mut demo = Demo::connect(&server, "123").await;
    demo.send("{").await;
    let id = connection(&demo.next().await);
    server.logs(&format!("connection{{id={id}}}")).await;
    assert!(!server.log().contains('\u{1b}'), "a log that is no terminal has no colours");
}

#[tokio::test]
async fn each_line_of_a_json_log_is_one_object() {
    let mut server = talkative().flags(["--log-format", "json"]).start().await;
    let id = refused_frame(&server).await;
    server.logs(&id).await;
    server.sigterm().await;
    let log = server.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let refused = lines.iter().find(|line| line["span"]["id"] == id.as_str()).expect("the line is there");
    assert_eq!(
        (&refused["level"], &refused["span"]["name"]),
        (&"DEBUG".into(), &"connection".into()),
        "{refused}"
    );
    assert!(refused["message"].as_str().unwrap().contains("answered with an error"), "{refused}");
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["target"].is_string()), "{log}");
    assert!(lines.iter().any(|line| line["message"] == "stopped"), "{log}");
}
