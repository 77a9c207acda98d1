//! A peer that vanished: its connection stands, and nobody is behind it.

use std::time::Duration;

use confab_shared::protocol::ServerFrame;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::support::{Person, Server, http, in_time};

/// The longest life of a connection that does not answer, plus the delay before others get the signal that a user
/// disconnected.
const NOTICED: Duration = Duration::from_secs(30 + 2);

#[tokio::test]
async fn who_answers_no_ping_is_gone_within_half_a_minute() {
    let server = Server::start().await;
    let (mei, ada) = (Person::come(&server, "mei").await, Person::come(&server, "ada").await);
    let id = mei.direct("ada").await;
    mei.post_text(id, "hello").await;
    ada.post_text(id, "hello").await;
    // A socket that nobody reads from answers nothing, and is not closed either.
    let silent = ada.connect().await;
    silent.set_reading(false);
    let mut socket = mei.connect().await;
    assert!(socket.welcome.presence.iter().any(|presence| presence.user == ada.user.id && presence.online));
    let of_ada = |frame: &ServerFrame| match frame {
        ServerFrame::Presence(presence) if presence.user == ada.user.id => Some(*presence),
        _ => None,
    };
    let gone = socket.find_within(NOTICED, "the end of a silent peer", of_ada).await;
    assert!(!gone.online);
    drop(silent);
}

/// How many sockets a server has open.
fn open_sockets(server: &Server) -> usize {
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it runs").flatten();
    files
        .filter(|file| file.path().read_link().is_ok_and(|to| to.to_string_lossy().starts_with("socket:")))
        .count()
}

/// Connects with as little room as there can be, and asks for a file so often that the kernel cannot hold the answers.
async fn ask(server: &Server, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    let mut stream = socket.connect(([127, 0, 0, 1], server.port()).into()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.repeat(20).as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn who_does_not_read_an_answer_is_gone_within_half_a_minute() {
    let server = Server::start().await;
    let before = open_sockets(&server);
    let index = in_time("the page", http().get(server.url("/")).send()).await.unwrap().text().await.unwrap();
    // The largest file, not compressed.
    let wasm = index.split(['"', '=', ' ']).find(|part| part.ends_with(".wasm")).expect("the page has one");
    let mut stream = ask(&server, wasm).await;
    in_time("the beginning", stream.read_exact(&mut [0; 64])).await.unwrap();
    assert!(open_sockets(&server) > before);
    let ended = async {
        while open_sockets(&server) > before {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(NOTICED, ended).await.expect("nobody waits for it any more");
}
