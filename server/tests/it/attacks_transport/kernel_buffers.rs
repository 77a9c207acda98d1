//! Clients that read nothing, so that what the server sends fills the kernel's buffers.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use super::is_well;
use crate::support::{Server, http, in_time};

/// The most bytes that the kernel may hold of what a client has not received.
const MAX_BYTES: u64 = 256 * 1024;

/// Asks for the largest file again and again, with as small a receive buffer as there can be, and reads nothing.
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

/// How many bytes the kernel holds that a server sent to a client and the client has not received.
fn unsent(server: &Server, client: &TcpStream) -> u64 {
    let (local, remote) =
        (format!(":{:04X} ", server.port()), format!(":{:04X} ", client.local_addr().unwrap().port()));
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux has it");
    let line = table.lines().find(|line| match (line.find(&local), line.find(&remote)) {
        (Some(local), Some(remote)) => local < remote,
        _ => false,
    });
    let queues = line.and_then(|line| line.split_whitespace().nth(4)).expect("the connection is there");
    u64::from_str_radix(queues.split(':').next().expect("two numbers"), 16).expect("a number")
}

#[tokio::test]
async fn what_a_client_does_not_read_is_bounded_in_the_kernel() {
    let server = Server::start().await;
    let stream = deaf(&server).await;
    // Until the server has no room for more: the number stays what it is.
    let mut seen = (0, 0);
    in_time("a full buffer", async {
        while seen.1 < 10 {
            let bytes = unsent(&server, &stream);
            seen = if bytes > 0 && bytes == seen.0 { (bytes, seen.1 + 1) } else { (bytes, 0) };
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    assert!(seen.0 <= MAX_BYTES, "the kernel holds {} bytes", seen.0);
    is_well(&server).await;
}
