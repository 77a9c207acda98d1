//! A reverse proxy before a server, set up well or with one of the usual mistakes.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use super::Server;

/// The address that it says its clients have.
pub const CLIENT: &str = "203.0.113.5";

/// How it is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// It keeps the name that was asked for, and lets WebSockets through.
    None,
    /// It drops the headers of an upgrade, as proxies do by default.
    DropsUpgrade,
    /// It asks the server for the server's own name.
    HidesHost,
}

/// A site that has an address, and no server behind it yet.
pub struct Site(TcpListener);

/// Dropped, it is gone.
pub struct ReverseProxy {
    port: u16,
    listening: AbortHandle,
}

impl Site {
    /// One on a free port.
    pub async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a port is free"))
    }

    fn port(&self) -> u16 {
        self.0.local_addr().expect("it is bound").port()
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        url(self.port(), "")
    }

    /// The proxy of the site, before a server.
    pub fn before(self, server: &Server, mistake: Mistake) -> ReverseProxy {
        let port = self.port();
        let listening = tokio::spawn(listen(self.0, server.port(), mistake)).abort_handle();
        ReverseProxy { port, listening }
    }
}

impl ReverseProxy {
    /// Its site, under a name that leads to this machine in the tests' browsers.
    pub fn url(&self, path: &str) -> String {
        url(self.port, path)
    }
}

fn url(port: u16, path: &str) -> String {
    format!("http://chat.example:{port}{path}")
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, to: u16, mistake: Mistake) {
    let mut links = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        links.spawn(forward(near, to, mistake));
    }
}

/// One request, or one socket, a connection.
async fn forward(mut near: TcpStream, to: u16, mistake: Mistake) -> std::io::Result<()> {
    let mut head = Vec::new();
    let end = loop {
        if let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        if near.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    };
    let rest = head.split_off(end + 4);
    let mut far = TcpStream::connect(("127.0.0.1", to)).await?;
    far.write_all(rewritten(&String::from_utf8_lossy(&head), to, mistake).as_bytes()).await?;
    far.write_all(&rest).await?;
    copy_bidirectional(&mut near, &mut far).await.map(drop)
}

fn rewritten(head: &str, to: u16, mistake: Mistake) -> String {
    let upgrades = head.lines().any(|line| line.to_ascii_lowercase().starts_with("upgrade:"));
    let mut lines = head.lines().filter(|line| !line.is_empty());
    let mut rewritten = format!("{}\r\n", lines.next().unwrap_or_default());
    for line in lines {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match (name.as_str(), mistake) {
            ("host", Mistake::HidesHost) => rewritten += &format!("Host: 127.0.0.1:{to}\r\n"),
            ("upgrade", Mistake::DropsUpgrade) | ("connection", _) => {}
            _ => rewritten += &format!("{line}\r\n"),
        }
    }
    rewritten += &format!("X-Forwarded-For: {CLIENT}\r\n");
    let kept = upgrades && mistake != Mistake::DropsUpgrade;
    rewritten + if kept { "Connection: Upgrade\r\n\r\n" } else { "Connection: close\r\n\r\n" }
}
