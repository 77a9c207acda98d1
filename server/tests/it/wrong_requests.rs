//! Requests that should not have been made.

use confab_shared::error::{ErrorBody, ErrorCode};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    Person, Server, client_id, http, in_time,
    person::{EVERYONE, answer},
};

#[tokio::test]
async fn a_name_that_is_none_is_refused() {
    let server = Server::start().await;
    let cases = [
        ("two words".to_owned(), ErrorCode::BadName),
        ("<script>".to_owned(), ErrorCode::BadName),
        ("a\u{200b}b".to_owned(), ErrorCode::BadName),
        ("x".repeat(300), ErrorCode::TextTooLong),
        ("a\u{0}b".to_owned(), ErrorCode::TextControlCharacter),
        ("a\nb".to_owned(), ErrorCode::TextControlCharacter),
        (String::new(), ErrorCode::TextEmpty),
        ("   ".to_owned(), ErrorCode::TextEmpty),
    ];
    for (name, code) in cases {
        Person::try_come(&server, &name, None).await.err().unwrap().is(400, code);
    }
}

#[tokio::test]
async fn a_title_that_is_none_is_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let id = mei.group("Trip", &[]).await;
    let cases = [
        ("x".repeat(81), ErrorCode::TextTooLong),
        ("  ".to_owned(), ErrorCode::TextEmpty),
        ("a\nb".to_owned(), ErrorCode::TextControlCharacter),
    ];
    for (title, code) in cases {
        mei.try_group(client_id(), &title, &[]).await.unwrap_err().is(400, code);
        mei.rename(id, client_id(), &title).await.unwrap_err().is(400, code);
    }
    assert_eq!(mei.view(id).await.head_seq.0, 1);
}

#[tokio::test]
async fn too_many_people_at_once_are_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let many = vec!["mei"; 501];
    mei.try_group(client_id(), "Crowd", &many).await.unwrap_err().is(400, ErrorCode::BadRequest);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let post = |body: String, kind: &str| {
        mei.request(Method::POST, "/conversations").header("content-type", kind).body(body)
    };
    let json = "application/json";
    let direct = r#"{"kind":"direct","user":"mei"}"#;
    let cases = [
        (post("{".to_owned(), json), 400, ErrorCode::BadJson),
        (post("not json".to_owned(), json), 400, ErrorCode::BadJson),
        (post("[]".to_owned(), json), 400, ErrorCode::BadRequest),
        (post(r#"{"kind":"fly"}"#.to_owned(), json), 400, ErrorCode::BadRequest),
        (post(r#"{"kind":"direct"}"#.to_owned(), json), 400, ErrorCode::BadRequest),
        (post(direct.to_owned(), "text/plain"), 400, ErrorCode::BadRequest),
        (
            post(json!({"kind": "direct", "user": "x".repeat(70_000)}).to_string(), json),
            413,
            ErrorCode::TooLarge,
        ),
    ];
    for (request, status, code) in cases {
        answer::<Value>(request).await.unwrap_err().is(status, code);
    }
    let later = r#"{"kind":"direct","user":"mei","later":true}"#;
    answer::<Value>(post(later.to_owned(), json)).await.unwrap();
}

#[tokio::test]
async fn a_body_that_ends_too_soon_can_be_sent_again() {
    let server = Server::start().await;
    let mut connection = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
    let head = "POST /api/v1/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 14\r\n\r\n";
    connection.write_all(format!("{head}{{\"name\":").as_bytes()).await.unwrap();
    connection.shutdown().await.unwrap();
    let mut answer = String::new();
    in_time("an answer", connection.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(r#""code":"incomplete""#), "{answer}");
    Person::come(&server, "mei").await;
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let nothing = [(Method::GET, "/nope"), (Method::GET, ""), (Method::OPTIONS, "/nope")];
    for (method, path) in nothing {
        answer::<Value>(mei.request(method, path)).await.unwrap_err().is(404, ErrorCode::NotFound);
    }
    for path in [
        "/conversations/x",
        "/conversations/-1",
        "/conversations/1.5/events",
        "/conversations/99999999999999999999",
    ] {
        let refused = answer::<Value>(mei.request(Method::GET, path)).await.unwrap_err();
        refused.is(404, ErrorCode::UnknownConversation);
    }
}

#[tokio::test]
async fn a_method_that_a_route_does_not_take_is_answered_with_those_that_it_takes() {
    let server = Server::start().await;
    let cases = [
        (Method::PUT, "/api/v1/server", "GET,HEAD"),
        (Method::DELETE, "/api/v1/conversations", "GET,HEAD,POST"),
        (Method::POST, "/api/v1/users", "GET,HEAD"),
        (Method::PUT, "/api/v1/conversations/1", "GET,HEAD,PATCH"),
        (Method::GET, "/api/v1/conversations/1/leave", "POST"),
        (Method::PATCH, "/api/v1/conversations/1/members", "GET,HEAD,POST"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (Method::DELETE, "/ws", "GET,HEAD,POST"),
        (Method::POST, "/", "GET,HEAD"),
        (Method::PUT, "/c/1", "GET,HEAD"),
    ];
    for (method, path, allowed) in cases {
        let asked = format!("{method} {path}");
        let response = in_time("an answer", http().request(method, server.url(path)).send()).await.unwrap();
        assert_eq!(response.status(), 405, "{asked}");
        assert_eq!(response.headers()["allow"], allowed, "{asked}");
        let body: ErrorBody = response.json().await.unwrap();
        assert_eq!(body.code, ErrorCode::MethodNotAllowed, "{asked}");

        let options = http().request(Method::OPTIONS, server.url(path)).send();
        let response = in_time("an answer", options).await.unwrap();
        assert_eq!(response.status(), 204, "OPTIONS {path}");
        assert_eq!(response.headers()["allow"], allowed, "OPTIONS {path}");
        assert_eq!(response.bytes().await.unwrap().len(), 0, "OPTIONS {path}");
    }
}

#[tokio::test]
async fn another_sites_page_is_offered_nothing() {
    let server = Server::start().await;
    let asked = http()
        .request(Method::OPTIONS, server.url("/api/v1/sessions"))
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let response = in_time("an answer", asked.send()).await.unwrap();
    assert_eq!(response.status(), 403);
    let offered = response.headers().keys().any(|name| name.as_str().starts_with("access-control-"));
    assert!(!offered, "{:?}", response.headers());
    // A request that browsers send without asking first does nothing, either.
    let signed_in = http().post(server.url("/api/v1/sessions")).header("origin", "https://elsewhere.example");
    let signed_in = signed_in.json(&json!({ "name": "mei" }));
    answer::<Value>(signed_in).await.unwrap_err().is(403, ErrorCode::ForeignOrigin);
}

#[tokio::test]
async fn without_a_session_nothing_is_told() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let everyone = server.url(&format!("/api/v1/conversations/{EVERYONE}"));
    let header = |value: String| http().get(&everyone).header("authorization", value);
    let requests = [
        http().get(&everyone),
        header("Bearer nobody's".to_owned()),
        header("Bearer".to_owned()),
        header("Bearer ".to_owned()),
        header(format!("Basic {}", mei.token)),
        http().get(format!("{everyone}?token={}", mei.token)),
        http().get(&everyone).header("cookie", format!("token={}", mei.token)),
        http().get(server.url("/api/v1/users?query=m")),
    ];
    for request in requests {
        answer::<Value>(request).await.unwrap_err().is(401, ErrorCode::BadToken);
    }
    answer::<Value>(header(format!("bearer {}", mei.token))).await.unwrap();
}

#[tokio::test]
async fn a_socket_without_an_upgrade_is_refused() {
    let server = Server::start().await;
    for method in [Method::GET, Method::POST] {
        let request = || http().request(method.clone(), server.url("/ws"));
        answer::<Value>(request()).await.unwrap_err().is(426, ErrorCode::UpgradeRequired);
        let answer = in_time("an answer", request().send()).await.unwrap();
        assert_eq!(answer.headers()["upgrade"], "websocket");
    }
    server.logs("`Upgrade: websocket`").await;
    assert_eq!(server.log().matches("`Upgrade: websocket`").count(), 1, "not a line for each");
}
