//! A client of a server with a certificate: it trusts that certificate and no other.

use std::{io, path::PathBuf, sync::Arc};

use confab_shared::{
    api::SignedIn,
    protocol::{ClientFrame, ServerFrame},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use super::{Server, in_time, server::Setup};

/// A file of a pair: `one` or `other`, of which the certificates are for localhost and 127.0.0.1.
pub fn file(pair: &str, what: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/tls");
    folder.join(format!("{pair}.{what}.pem"))
}

/// A server with the pair `one`.
pub fn server() -> Setup {
    let (certificate, key) = (file("one", "cert"), file("one", "key"));
    let path = |path: &PathBuf| path.to_str().expect("the path is text").to_owned();
    Server::with().flags(["--tls-cert", &path(&certificate), "--tls-key", &path(&key)])
}

/// The client.
pub struct TlsClient {
    connector: TlsConnector,
    port: u16,
}

impl TlsClient {
    /// A client that trusts the certificate of a pair, and offers these protocols.
    pub fn offering(server: &Server, pair: &str, protocols: &[&str]) -> Self {
        let certificate =
            CertificateDer::from_pem_file(file(pair, "cert")).expect("the fixture is a certificate");
        let mut trusted = RootCertStore::empty();
        trusted.add(certificate).expect("it can be trusted");
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the default versions")
            .with_root_certificates(trusted)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        Self { connector: TlsConnector::from(Arc::new(config)), port: server.port() }
    }

    /// A client that trusts the certificate of a pair.
    pub fn trusting(server: &Server, pair: &str) -> Self {
        Self::offering(server, pair, &["http/1.1"])
    }

    /// Opens a connection.
    pub async fn connect(&self) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from("localhost").expect("it is a name");
        let socket = in_time("a connection", TcpStream::connect(("127.0.0.1", self.port))).await?;
        in_time("a handshake", self.connector.connect(name, socket)).await
    }

    /// The answer to a request on a connection of its own: `GET /`, for example, and a body in JSON or none.
    pub async fn request(&self, request: &str, body: &str) -> String {
        let mut stream = self.connect().await.expect("a handshake");
        let head = format!(
            "{request} HTTP/1.1\r\nhost: localhost:{}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("room to send");
        let mut answer = Vec::new();
        in_time("an answer", stream.read_to_end(&mut answer)).await.expect("a whole answer");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Signs in under a free name, and returns the token.
    pub async fn come(&self, name: &str) -> String {
        let answer = self.request("POST /api/v1/sessions", &format!(r#"{{"name":"{name}"}}"#)).await;
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer has a body");
        serde_json::from_str::<SignedIn>(body).unwrap_or_else(|error| panic!("{error}: {answer}")).token
    }

    /// Opens a WebSocket, and waits for the welcome.
    pub async fn socket(&self, token: &str) -> TlsSocket {
        let stream = self.connect().await.expect("a handshake");
        let url = format!("ws://localhost:{}/ws", self.port);
        let upgraded = in_time("an upgrade", tokio_tungstenite::client_async(url, stream)).await;
        let mut socket = TlsSocket(upgraded.expect("an upgrade").0);
        socket.send(&ClientFrame::Hello { token: token.to_owned() }).await;
        assert!(matches!(socket.next().await, ServerFrame::Welcome(_)));
        socket
    }
}

/// A WebSocket over TLS. It reads only when it is asked to.
pub struct TlsSocket(WebSocketStream<TlsStream<TcpStream>>);

impl TlsSocket {
    /// Sends a frame.
    pub async fn send(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).expect("frames can be written");
        in_time("room to send", self.0.send(Message::text(text))).await.expect("the connection lives");
    }

    /// The next message but for pings.
    pub async fn next_message(&mut self) -> Message {
        loop {
            match in_time("a message", self.0.next()).await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return message,
                other => panic!("a message was expected: {other:?}"),
            }
        }
    }

    /// The next frame.
    pub async fn next(&mut self) -> ServerFrame {
        let message = self.next_message().await;
        let text = message.to_text().expect("frames are text");
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
    }
}
