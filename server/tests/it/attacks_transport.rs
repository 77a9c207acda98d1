//! Attacks on the transport, by programs that write to sockets what they like. Each test is an attack that has to fail:
//! it ends or is refused in time, costs bounded memory, and nobody else notices.

mod depth;
mod floods;
mod handshakes;
mod heads;
mod kernel_buffers;
mod numbers;
mod tls;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Server, http, in_time};

/// Opens a connection to a server.
async fn connect(server: &Server) -> TcpStream {
    in_time("a connection", TcpStream::connect(("127.0.0.1", server.port()))).await.unwrap()
}

/// Sends bytes, and returns all that comes until the connection ends.
async fn exchange(server: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(server).await;
    // The server may refuse it before it has all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = in_time("the end", stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// Checks that a server answers others.
async fn is_well(server: &Server) {
    let answer = in_time("an answer", http().get(server.url("/healthz")).send()).await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "ok");
}
