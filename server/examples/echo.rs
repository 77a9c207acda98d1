//! Says back what it hears, through the server's own sockets: what `make conformance` connects to. Its first line is
//! the port; it serves until its input ends.

use std::io::stdin;

use confab::transport::{client_address::TrustedProxies, listener, ws};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let socket = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", socket.local_addr()?.port());
    let proxies = TrustedProxies::default();
    tokio::spawn(listener::serve(socket, ws::echo(), None, proxies, CancellationToken::new()));
    tokio::task::spawn_blocking(|| stdin().lines().for_each(drop)).await?;
    // A connection that does not end holds up nobody.
    std::process::exit(0)
}
