//! One address that begins TLS handshakes without an end. Clients of loopback have much wider limits, so the attacker comes
//! from another address of this machine.

use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use confab::domain::limits;
use tokio::{io::AsyncReadExt, net::TcpStream};

use crate::support::{Server, TlsClient, in_time, tls::server};

/// An address of this machine that is not loopback's; none where it has no network.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the system chooses the address from which it would be.
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

async fn connect(server: &Server, to: IpAddr) -> TcpStream {
    let address = SocketAddr::new(to, server.port());
    in_time("a connection", TcpStream::connect(address)).await.unwrap()
}

/// Whether the server ends a connection at once, on which nothing was sent.
async fn is_refused(mut stream: TcpStream) -> bool {
    // Far less than the time for a handshake.
    let mut byte = [0];
    let end = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut byte)).await;
    matches!(end, Ok(Ok(0) | Err(_)))
}

async fn is_well(server: &Server) {
    let answer = TlsClient::trusting(server, "one").request("GET /healthz", "").await;
    assert!(answer.ends_with("ok"), "{answer}");
}

#[tokio::test]
async fn one_address_has_a_bounded_number_of_unfinished_handshakes() {
    let Some(attacker) = own_address() else { return eprintln!("this machine has no network") };
    let server = server().listen("0.0.0.0:0").flags(["--access", "open"]).start().await;
    let begun = Instant::now();
    let mut waiting = Vec::new();
    for _ in 0..=limits::UNFINISHED_HANDSHAKES.remote {
        waiting.push(connect(&server, attacker).await);
    }
    // Which of them was one too many is chance.
    server.logs("too many unfinished TLS handshakes").await;
    assert!(is_refused(connect(&server, attacker).await).await);
    is_well(&server).await;
    assert!(begun.elapsed() < Duration::from_secs(9), "none was cut off for its time meanwhile");
    // One that ends makes room for another.
    drop((waiting.pop(), waiting.pop()));
    in_time("room for one", async { while is_refused(connect(&server, attacker).await).await {} }).await;
}

#[tokio::test]
async fn handshakes_of_one_address_are_limited_before_they_cost_anything() {
    let Some(attacker) = own_address() else { return eprintln!("this machine has no network") };
    let server = server().listen("0.0.0.0:0").flags(["--access", "open"]).start().await;
    let limit = limits::HANDSHAKES.remote;
    // On a slow machine a part of the burst is regained meanwhile.
    for _ in 0..limit.burst.get() * 10 {
        drop(connect(&server, attacker).await);
        if server.log().contains("TLS handshakes of an address") {
            break;
        }
    }
    server.logs("TLS handshakes of an address").await;
    is_well(&server).await;
}
