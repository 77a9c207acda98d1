//! A load balancer before several servers: each connection goes to the first of them that accepts it.

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use super::Server;

/// Dropped, it is gone with all that went through it.
pub struct Balancer {
    port: u16,
    listening: AbortHandle,
}

impl Balancer {
    /// Before servers, the preferred one first.
    pub async fn before(servers: [&Server; 2]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let listening = tokio::spawn(listen(listener, servers.map(Server::port))).abort_handle();
        Self { port, listening }
    }

    /// A page behind it.
    pub fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn listen(listener: TcpListener, ports: [u16; 2]) {
    let mut links = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        links.spawn(link(near, ports));
    }
}

async fn link(mut near: TcpStream, ports: [u16; 2]) {
    for port in ports {
        if let Ok(mut far) = TcpStream::connect(("127.0.0.1", port)).await {
            // Either side may end it at any time.
            let _ = copy_bidirectional(&mut near, &mut far).await;
            return;
        }
    }
}
