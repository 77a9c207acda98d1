//! A connection whose task panics.

use std::convert::Infallible;

use axum::{Router, extract::Request, response::Response, routing::get};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};
use tokio_util::sync::CancellationToken;

use super::{
    connection,
    dialect::{Dialect, Inbound, RequestOutcome},
    handle::ConnectionHandle,
    handshake::Handshake,
};
use crate::{
    domain::command::Command,
    service::{CommandAnswer, PendingCommands, error::Error},
    transport::{client_address::TrustedProxies, connection_id::ConnectionId, listener},
    websocket::frame::Frame,
};

/// Echoes texts, but for one that it panics at.
struct Faulty;

impl Dialect for Faulty {
    type Request = Infallible;

    async fn read(&mut self, text: String) -> Inbound<Infallible> {
        assert_ne!(text, "the text that is a fault");
        Inbound::Answer(Frame::text(&text))
    }

    async fn submit(&self, commands: Vec<Command>) -> PendingCommands {
        PendingCommands::refused(&commands)
    }

    fn answer(&mut self, _answer: CommandAnswer, _connection: ConnectionId) -> Option<Frame> {
        None
    }

    async fn handle(&mut self, request: Infallible, _handle: &ConnectionHandle) -> RequestOutcome {
        match request {}
    }

    fn error(&self, error: Error) -> Frame {
        Frame::text(&error.message)
    }
}

async fn upgrade(mut request: Request) -> Response {
    let (response, connected) = Handshake::new(&mut request).unwrap().accept();
    tokio::spawn(async move {
        let (handle, reader) = connected.await.unwrap();
        connection::serve(handle.into(), reader, Faulty).await;
    });
    response
}

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn echoed(client: &mut Client, text: &str) -> Option<String> {
    client.send(Message::text(text)).await.ok()?;
    let message = client.next().await?.ok()?;
    Some(message.to_text().ok()?.to_owned())
}

#[tokio::test]
async fn a_panic_ends_its_connection_and_no_other() {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", socket.local_addr().unwrap());
    let router = Router::new().route("/", get(upgrade));
    tokio::spawn(listener::serve(socket, router, None, TrustedProxies::default(), CancellationToken::new()));
    let (mut one, _) = connect_async(&url).await.unwrap();
    let (mut other, _) = connect_async(&url).await.unwrap();
    assert_eq!(echoed(&mut one, "one").await.as_deref(), Some("one"));
    assert_eq!(echoed(&mut other, "other").await.as_deref(), Some("other"));
    assert_eq!(echoed(&mut one, "the text that is a fault").await, None, "the connection ended");
    assert_eq!(echoed(&mut other, "still here").await.as_deref(), Some("still here"));
    let (mut next, _) = connect_async(&url).await.unwrap();
    assert_eq!(echoed(&mut next, "next").await.as_deref(), Some("next"));
}
