//! Attacks on the port of a server that terminates TLS, and what it does for others meanwhile.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use confab_shared::{
    command::Send,
    protocol::{ClientFrame, ServerFrame},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use super::{connect, exchange};
use crate::support::{
    Server, TlsClient, client_id, in_time,
    person::EVERYONE,
    tls::{TlsSocket, file, server},
};

/// How long a handshake may take, with some time to spare on a busy machine.
const CUT_OFF: Duration = Duration::from_secs(20);

async fn post(socket: &mut TlsSocket, text: &str) {
    let id = client_id();
    let send = Send::new(id, EVERYONE, text.to_owned());
    socket.send(&ClientFrame::Send(send)).await;
    loop {
        match socket.next().await {
            ServerFrame::Ack(ack) if ack.client_id == id => return,
            ServerFrame::Error(error) => panic!("refused: {error:?}"),
            _ => {}
        }
    }
}

/// The next event, as JSON.
async fn next_event(socket: &mut TlsSocket) -> String {
    loop {
        if let ServerFrame::Event(frame) = socket.next().await {
            return serde_json::to_string(&frame.event).unwrap();
        }
    }
}

async fn is_well(client: &TlsClient) {
    let answer = client.request("GET /healthz", "").await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("ok"), "{answer}");
}

/// Copies a pair, each file at once, as tools that renew certificates do.
fn install(pair: &str, folder: &Path) {
    for what in ["cert", "key"] {
        let new = folder.join("new");
        fs::copy(file(pair, what), &new).unwrap();
        fs::rename(new, folder.join(format!("{what}.pem"))).unwrap();
    }
}

/// Waits until new connections get the certificate of a pair.
async fn serves(server: &Server, pair: &str) {
    let client = TlsClient::trusting(server, pair);
    in_time("the certificate", async {
        while client.connect().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

fn hang_up(server: &Server) {
    let killed = Command::new("kill").args(["-HUP", &server.pid().to_string()]).status();
    assert!(killed.is_ok_and(|status| status.success()));
}

#[tokio::test]
async fn a_reader_that_falls_behind_gets_all_in_order_over_tls() {
    const MESSAGES: usize = 48;
    let mut server = server().start().await;
    assert!(server.greeting().contains("https://localhost:"), "{}", server.greeting());
    let client = TlsClient::trusting(&server, "one");
    let (mei, ada) = (client.come("mei").await, client.come("ada").await);
    let (mut writer, mut reader) = (client.socket(&mei).await, client.socket(&ada).await);
    // Less than makes a peer lag, and more than the kernel and the session have room for.
    for number in 0..MESSAGES {
        post(&mut writer, &format!("{number} {}", "x".repeat(16_000))).await;
    }
    for number in 0..MESSAGES {
        let event = next_event(&mut reader).await;
        assert!(event.contains(&format!("\"{number} xxx")), "{number} was expected");
    }
    post(&mut reader, "now from the other side").await;
    server.ask_to_stop();
    let close = loop {
        if let Message::Close(frame) = reader.next_message().await {
            break frame.expect("it has a code");
        }
    };
    assert_eq!(u16::from(close.code), 1001);
    drop((reader, writer));
    assert_eq!(server.stopped().await.code(), Some(0));
}

#[tokio::test]
async fn browsers_are_told_to_come_over_tls_only() {
    let over_tls = server().start().await;
    let answer = TlsClient::trusting(&over_tls, "one").request("GET /", "").await.to_lowercase();
    assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"), "{answer}");
    let plain = Server::start().await;
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = exchange(&plain, request).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 200 ") && !answer.contains("strict-transport-security"), "{answer}");
}

#[tokio::test]
async fn plain_http_is_refused_with_a_hint() {
    let server = server().start().await;
    let answer = exchange(&server, b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
    server.logs("speaks plain HTTP").await;
    is_well(&TlsClient::trusting(&server, "one")).await;
}

#[tokio::test]
async fn what_is_no_handshake_ends_at_once() {
    let server = server().start().await;
    let hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03";
    for garbage in [&b"\x00\x01\x02"[..], b"\x16\x03\x01\xff\xff", hello, &[0xff; 5_000], &[0x16; 70_000]] {
        let mut stream = connect(&server).await;
        let _ = stream.write_all(garbage).await;
        let _ = stream.shutdown().await;
        let begun = Instant::now();
        let _ = in_time("the end", stream.read_to_end(&mut Vec::new())).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "it took {:?}", begun.elapsed());
    }
    let other = TlsClient::offering(&server, "one", &["h2"]).connect().await;
    assert!(other.is_err(), "a protocol that it does not speak");
    is_well(&TlsClient::trusting(&server, "one")).await;
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_cut_off() {
    let server = server().start().await;
    let begun = Instant::now();
    let mut streams = Vec::new();
    for begin in [&b""[..], b"\x16", b"\x16\x03\x01\x02\x00\x01"] {
        let mut stream = connect(&server).await;
        stream.write_all(begin).await.unwrap();
        streams.push(stream);
    }
    for mut stream in streams {
        let _ = in_time("the end", stream.read_to_end(&mut Vec::new())).await;
    }
    assert!(begun.elapsed() < CUT_OFF, "it took {:?}", begun.elapsed());
}

#[tokio::test]
async fn handshakes_that_wait_leave_room() {
    let server = server().after("ulimit -n 256").start().await;
    let client = TlsClient::trusting(&server, "one");
    let token = client.come("mei").await;
    let mut socket = client.socket(&token).await;
    let mut flood = Vec::new();
    for number in 0..300 {
        let mut stream = connect(&server).await;
        // It may have to give way at once.
        let begin: &[u8] = if number % 2 == 0 { b"" } else { b"\x16\x03\x01\x02" };
        let _ = stream.write_all(begin).await;
        flood.push(stream);
    }
    is_well(&client).await;
    post(&mut socket, "still here").await;
    server.logs("connection limit reached").await;
}

#[tokio::test]
async fn a_certificate_is_replaced_while_connections_stay() {
    let folder = tempfile::tempdir().unwrap();
    install("one", folder.path());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key) = (path("cert.pem"), path("key.pem"));
    let server = Server::with().flags(["--tls-cert", &certificate, "--tls-key", &key]).start().await;
    let client = TlsClient::trusting(&server, "one");
    let token = client.come("mei").await;
    let mut socket = client.socket(&token).await;

    install("other", folder.path());
    serves(&server, "other").await;
    // A client of its own: that of before resumes its session, which shows no certificate.
    let fresh = TlsClient::trusting(&server, "one");
    assert!(fresh.connect().await.is_err(), "new connections get the new one");
    post(&mut socket, "still here").await;

    // A key of another certificate, then no key at all: the pair in use stays.
    fs::copy(file("one", "cert"), folder.path().join("cert.pem")).unwrap();
    hang_up(&server);
    server.logs("kept the TLS certificate").await;
    serves(&server, "other").await;
    fs::remove_file(folder.path().join("key.pem")).unwrap();
    hang_up(&server);
    server.logs("failed to read the private key").await;
    serves(&server, "other").await;

    install("one", folder.path());
    hang_up(&server);
    serves(&server, "one").await;
    post(&mut socket, "and still").await;
}

#[test]
fn a_pair_that_cannot_be_used_is_an_error_of_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let (certificate, key, foreign) = (file("one", "cert"), file("one", "key"), file("other", "key"));
    let missing = folder.path().join("missing.pem");
    for (certificate, key, reason) in [
        (&missing, &key, "failed to read the certificate"),
        (&empty, &key, "failed to read the certificate"),
        (&certificate, &missing, "failed to read the private key"),
        (&certificate, &certificate, "failed to read the private key"),
        (&certificate, &foreign, "failed to use the certificate with its key"),
    ] {
        let mut command = crate::support::server::confab();
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data"));
        command.arg("--tls-cert").arg(certificate).arg("--tls-key").arg(key);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with("error: ") && said.contains(reason), "{said}");
    }
}
