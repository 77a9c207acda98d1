//! The examples of `deploy/`, in the programs that they are for.

use confab_shared::api::EventPage;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    Person, Server, Socket, client, http, in_time,
    person::{EVERYONE, answer},
    proxy_program::{Program, ProxyProgram, SITE},
};

const HEADERS: [(&str, &str); 2] = [("host", SITE), ("origin", "https://chat.example")];

/// How many messages make a large answer, and how many bytes each has.
const MESSAGES: usize = 180;
const BYTES: usize = 16 * 1024;

async fn serves_people_through(program: Program) {
    let flags = ["--public-url", "https://chat.example", "--trusted-proxy", "127.0.0.1", "--access", "open"];
    let server = Server::with().flags(flags).start().await;
    let Some(proxy) = program.before(&server).await else { return };
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let mut through = Socket::connect_with(&proxy.socket_url(), &HEADERS, &mei.token).await;
    let mut direct = ada.connect().await;
    // It is silent for longer than the proxy keeps a connection that nobody uses.
    outlives_silence(&proxy, &ada).await;

    direct.send_text(EVERYONE, "hello").await;
    assert_eq!(through.next_text().await, "hello");
    through.send_text(EVERYONE, "and you").await;
    assert_eq!(direct.next_text().await, "hello", "one's own comes, too");
    assert_eq!(direct.next_text().await, "and you");
    through.send_many(EVERYONE, MESSAGES, |_| "x".repeat(BYTES)).await;

    let path = format!("/api/v1/conversations/{EVERYONE}/events?after=0&limit=200");
    let request = http().get(proxy.url(&path)).header("host", SITE).bearer_auth(&mei.token);
    let page: EventPage = answer(request).await.unwrap();
    assert_eq!(page.events.len(), 2 + MESSAGES);
    let page = in_time("the page", http().get(proxy.url("/")).header("host", SITE).send()).await.unwrap();
    assert!(
        page.status().is_success() && page.headers()["content-type"] == "text/html; charset=utf-8",
        "{page:?}"
    );

    believes_the_proxy_and_not_the_client(&server, &proxy).await;
}

/// Opens a socket, and says nothing on it until the server has pinged it twice.
async fn outlives_silence(proxy: &ProxyProgram, person: &Person) {
    let mut stream = client::open(&proxy.socket_url(), &HEADERS).await.unwrap();
    let hello = serde_json::json!({ "type": "hello", "token": person.token });
    stream.send(Message::text(hello.to_string())).await.unwrap();
    let mut pings = 0;
    while pings < 2 {
        match in_time("a ping", stream.next()).await {
            Some(Ok(message)) => pings += u32::from(matches!(message, Message::Ping(_))),
            other => panic!("the connection was to stay open: {other:?}"),
        }
    }
    stream.send(Message::text(r#"{"type":"ping"}"#)).await.unwrap();
    loop {
        match in_time("a pong", stream.next()).await {
            Some(Ok(Message::Text(text))) if text.contains("pong") => return,
            Some(Ok(_)) => {}
            other => panic!("the connection was to stay open: {other:?}"),
        }
    }
}

/// A client that claims an address is known by its own.
async fn believes_the_proxy_and_not_the_client(server: &Server, proxy: &ProxyProgram) {
    let request = http().get(proxy.url("/")).header("host", "evil.example");
    let request = request.header("x-forwarded-for", "203.0.113.77").header("forwarded", "for=203.0.113.78");
    let answer = in_time("an answer", request.send()).await.unwrap();
    assert_eq!(answer.status(), 403);
    server.logs("evil.example").await;
    let log = server.log();
    assert!(log.contains(&proxy.address.to_string()) && !log.contains("203.0.113.7"), "{log}");
}

#[tokio::test]
async fn people_talk_through_nginx() {
    serves_people_through(Program::Nginx).await;
}

#[tokio::test]
async fn people_talk_through_haproxy() {
    serves_people_through(Program::HaProxy).await;
}

#[tokio::test]
async fn people_talk_through_caddy() {
    serves_people_through(Program::Caddy).await;
}
