//! Connections that are slow or say nothing: they end in time, and leave room for everybody else.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use confab_shared::{
    error::ErrorCode,
    protocol::{ClientFrame, ServerFrame},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::support::{Person, Server, client::RawSocket, http, in_time, person::EVERYONE, server::Setup};

/// What a request and its body may take together at most, with some time to spare on a busy machine.
const CUT_OFF: Duration = Duration::from_secs(25);

/// How long a stop may take: two seconds for what clients have to do, and some time to spare.
const STOPPED: Duration = Duration::from_secs(6);

/// "Try again later": <https://www.iana.org/assignments/websocket>.
const TRY_AGAIN: u16 = 1013;

const BODY: &str = "POST /api/v1/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                    content-length: 10000\r\n\r\n{";
const HEAD: &str = "POST /api/v1/sessions HTTP/1.1\r\nhost: localhost\r\nx-slow: ";
const KEPT: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
const UPGRADE: &str = "GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                       sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A server that may open few files.
fn small() -> Setup {
    Server::with().after("ulimit -n 256")
}

async fn connect_from(server: &Server, last: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
    in_time("a connection", socket.connect(([127, 0, 0, 1], server.port()).into())).await.unwrap()
}

/// Opens connections that begin so; those that are to drip go on with a byte a second.
async fn flood(server: &Server, count: usize, begin: &'static str, drips: bool) -> JoinSet<()> {
    let mut flood = JoinSet::new();
    for _ in 0..count {
        let mut stream = connect_from(server, 2).await;
        // It may have to give way at once.
        let _ = stream.write_all(begin.as_bytes()).await;
        flood.spawn(async move {
            loop {
                sleep(Duration::from_secs(1)).await;
                if drips && stream.write_all(b" ").await.is_err() {
                    return;
                }
            }
        });
    }
    flood
}

async fn is_well(server: &Server) {
    let answer = in_time("an answer", http().get(server.url("/healthz")).send()).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");
}

#[tokio::test]
async fn a_body_that_drips_is_refused_in_time() {
    let server = Server::start().await;
    let begun = Instant::now();
    let (mut reader, mut writer) = connect_from(&server, 1).await.into_split();
    let drip = tokio::spawn(async move {
        let mut sent = writer.write_all(BODY.as_bytes()).await;
        while sent.is_ok() {
            sleep(Duration::from_millis(500)).await;
            sent = writer.write_all(b" ").await;
        }
    });
    let mut answer = Vec::new();
    // It may end with a reset: the server does not read what still comes.
    let _ = timeout(CUT_OFF, reader.read_to_end(&mut answer)).await.expect("it ends");
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(r#""code":"incomplete""#), "{answer}");
    assert!(begun.elapsed() > Duration::from_secs(10), "a slow line has some time");
    drip.abort();
}

#[tokio::test]
async fn a_large_body_on_a_slow_line_arrives() {
    let server = Server::start().await;
    let mut stream = connect_from(&server, 1).await;
    // 60 KiB in 17 seconds: longer than a request without a body may take.
    let body = format!(r#"{{"name":"mei","later":"{}"}}"#, "x".repeat(60 * 1024));
    let head = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    for part in body.as_bytes().chunks(body.len() / 17) {
        stream.write_all(part).await.unwrap();
        sleep(Duration::from_secs(1)).await;
    }
    let mut answer = String::new();
    in_time("an answer", stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
}

/// However they wait, they are more than there is room for, and nobody else notices.
async fn leaves_room(begin: &'static str, drips: bool) {
    let server = small().start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let (mut mei_socket, mut ada_socket) = (mei.connect().await, ada.connect().await);
    let conversation = mei.direct("ada").await;
    let _flood = flood(&server, 300, begin, drips).await;
    for round in 0..5 {
        is_well(&server).await;
        let text = format!("round {round}");
        mei_socket.send_text(conversation, &text).await;
        assert_eq!(ada_socket.next_text().await, text);
        let newcomer = Person::come(&server, &format!("newcomer-{round}")).await;
        newcomer.connect().await.leave().await;
    }
    server.logs("connection limit reached").await;
}

#[tokio::test]
async fn bodies_that_drip_leave_room() {
    leaves_room(BODY, true).await;
}

#[tokio::test]
async fn heads_that_drip_leave_room() {
    leaves_room(HEAD, true).await;
}

#[tokio::test]
async fn kept_connections_without_a_request_leave_room() {
    leaves_room(KEPT, false).await;
}

#[tokio::test]
async fn sockets_without_a_hello_leave_room() {
    leaves_room(UPGRADE, false).await;
}

#[tokio::test]
async fn an_address_with_few_connections_loses_none_to_one_with_many() {
    let server = small().start().await;
    let mut quiet = connect_from(&server, 1).await;
    let mut answer = [0; 8 * 1024];
    for _ in 0..2 {
        quiet.write_all(KEPT.as_bytes()).await.unwrap();
        let length = in_time("an answer", quiet.read(&mut answer)).await.unwrap();
        assert!(answer[..length].ends_with(b"ok"));
        // The first time before it has waited longest of all.
        drop(flood(&server, 300, BODY, false).await);
    }
    let _flood = flood(&server, 300, BODY, false).await;
    quiet.write_all(KEPT.as_bytes()).await.unwrap();
    let length = in_time("an answer", quiet.read(&mut answer)).await.unwrap();
    assert!(answer[..length].ends_with(b"ok"));
}

#[tokio::test]
async fn everybody_at_one_address_comes_back_at_once() {
    const PEOPLE: usize = 450;
    let mut server = Server::with().after("ulimit -n 640").start().await;
    let mut people = Vec::new();
    for number in 0..9 {
        people.push(Person::come(&server, &format!("person-{number}")).await);
    }
    for _ in 0..2 {
        let mut coming = JoinSet::new();
        for number in 0..PEOPLE {
            let person = people[number % people.len()].clone();
            coming.spawn(async move { person.connect().await });
        }
        let sockets = coming.join_all().await;
        assert_eq!(sockets.len(), PEOPLE);
        server.sigkill().await;
        server.restart().await;
    }
}

#[tokio::test]
async fn people_leave_room_for_who_watches_over_the_server() {
    // 64 connections, 56 of them of people.
    let server = Server::with().after("ulimit -n 128").start().await;
    let mei = Person::come(&server, "mei").await;
    let mut sockets = Vec::new();
    for _ in 0..56 {
        sockets.push(mei.connect().await);
    }
    let mut one_more = RawSocket::open(&server.socket_url("")).await;
    one_more.send(&ClientFrame::Hello { token: mei.token.clone() }).await;
    assert_eq!(one_more.turned_away().await, (ErrorCode::TooManyConnections, TRY_AGAIN));
    let demo = crate::support::client::open(&server.socket_url("?userID=123"), &[]).await.unwrap_err();
    let refused = crate::support::refusal(demo);
    assert_eq!((refused.status, refused.body.code), (503, ErrorCode::TooManyConnections));
    is_well(&server).await;
    sockets.pop().unwrap().leave().await;
    sockets.push(mei.connect().await);
}

#[tokio::test]
async fn one_person_has_a_bounded_number_of_sockets() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let mut sockets = Vec::new();
    for _ in 0..64 {
        sockets.push(mei.connect().await);
    }
    let mut one_more = RawSocket::open(&server.socket_url("")).await;
    one_more.send(&ClientFrame::Hello { token: mei.token.clone() }).await;
    assert_eq!(one_more.turned_away().await, (ErrorCode::TooManyConnections, TRY_AGAIN));
    ada.connect().await;
    sockets.pop().unwrap().leave().await;
    // The server notices that one has left a moment after its client.
    in_time("room for one", async {
        loop {
            let mut again = RawSocket::open(&server.socket_url("")).await;
            again.send(&ClientFrame::Hello { token: mei.token.clone() }).await;
            if matches!(again.next().await, ServerFrame::Welcome(_)) {
                break;
            }
        }
    })
    .await;
    sockets[0].send_text(EVERYONE, "still here").await;
}

/// Asks for the largest file, and does not read the answer.
async fn deaf(server: &Server) -> TcpStream {
    let index = in_time("the page", http().get(server.url("/")).send()).await.unwrap().text().await.unwrap();
    let wasm = index.split(['"', '=', ' ']).find(|part| part.ends_with(".wasm")).expect("the page has one");
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    let mut stream = socket.connect(([127, 0, 0, 1], server.port()).into()).await.unwrap();
    let request = format!("GET {wasm} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.repeat(20).as_bytes()).await.unwrap();
    in_time("the beginning", stream.read_exact(&mut [0; 64])).await.unwrap();
    stream
}

#[tokio::test]
async fn a_stop_does_not_wait_for_who_is_slow() {
    let mut server = Server::start().await;
    let _deaf = deaf(&server).await;
    let mut floods = Vec::new();
    for (begin, drips) in [(BODY, true), (HEAD, true), (KEPT, false), (UPGRADE, false)] {
        floods.push(flood(&server, 3, begin, drips).await);
    }
    let begun = Instant::now();
    assert_eq!(server.sigterm().await.code(), Some(0));
    assert!(begun.elapsed() < STOPPED, "it took {:?}", begun.elapsed());
}
