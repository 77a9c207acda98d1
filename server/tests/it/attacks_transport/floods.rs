//! Clients that send without an end, and read nothing.

use std::time::Duration;

use confab_shared::protocol::ClientFrame;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{connect, is_well};
use crate::support::{Person, Server, in_time, person::EVERYONE};

/// How much a server's memory may grow: buffers of one connection, and what the allocator keeps.
const MAX_GROWTH_KIB: usize = 48 * 1024;

/// How long a peer may stay that reads nothing, with some time to spare: two heartbeats, and the time to close.
const LET_GO: Duration = Duration::from_secs(50);

const UPGRADE: &[u8] =
    b"GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A frame as clients send it, of less than 64 KiB.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    let mut frame = vec![0x80 | opcode];
    if length < 126 {
        frame.push(0x80 | length as u8);
    } else {
        frame.push(0x80 | 126);
        frame.extend(length.to_be_bytes());
    }
    // A mask of zeros leaves the payload as it is.
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// The memory of a server's process, in KiB.
fn memory_kib(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Opens a WebSocket by hand.
async fn upgraded(server: &Server) -> TcpStream {
    let mut stream = connect(server).await;
    stream.write_all(UPGRADE).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(in_time("an answer", stream.read_u8()).await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "));
    stream
}

/// Opens a WebSocket by hand, and says hello.
async fn authenticated(server: &Server, person: &Person) -> TcpStream {
    let mut stream = upgraded(server).await;
    let hello = serde_json::to_vec(&ClientFrame::Hello { token: person.token.clone() }).unwrap();
    stream.write_all(&frame(1, &hello)).await.unwrap();
    // The beginning of the welcome.
    in_time("a welcome", stream.read_exact(&mut [0; 2])).await.unwrap();
    stream
}

/// Sends without an end and reads nothing, until the server lets it go; checks the server's memory and its answers to
/// others meanwhile.
async fn flood(server: &Server, mut stream: TcpStream, bytes: Vec<u8>) {
    let before = memory_kib(server);
    let flood = async { while stream.write_all(&bytes).await.is_ok() {} };
    let watch = async {
        loop {
            is_well(server).await;
            let grown = memory_kib(server).saturating_sub(before);
            assert!(grown < MAX_GROWTH_KIB, "its memory grew by {grown} KiB");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::select! {
        ended = timeout(LET_GO, flood) => ended.expect("it is let go"),
        () = watch => {}
    }
}

#[tokio::test]
async fn pings_before_the_hello_are_not_answered_into_memory() {
    let server = Server::start().await;
    flood(&server, upgraded(&server).await, frame(9, b"").repeat(10_000)).await;
}

#[tokio::test]
async fn pings_of_a_user_who_reads_nothing_are_not_answered_into_memory() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    flood(&server, authenticated(&server, &mei).await, frame(9, &[b'x'; 125]).repeat(1_000)).await;
}

#[tokio::test]
async fn errors_of_a_user_who_reads_nothing_are_not_written_into_memory() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let mut socket = ada.connect().await;
    flood(&server, authenticated(&server, &mei).await, frame(1, b"{").repeat(10_000)).await;
    socket.send_text(EVERYONE, "still here").await;
}

#[tokio::test]
async fn fragments_without_an_end_are_bounded() {
    let server = Server::start().await;
    let mei = Person::come(&server, "mei").await;
    let mut stream = authenticated(&server, &mei).await;
    let mut first = frame(2, b"x");
    first[0] &= 0x7f;
    let mut more = frame(0, b"x");
    more[0] &= 0x7f;
    stream.write_all(&first).await.unwrap();
    flood(&server, stream, more.repeat(10_000)).await;
}
