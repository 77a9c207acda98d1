//! A tab's WebSocket.

use std::{net::SocketAddr, time::Duration};

use confab_shared::protocol::{ClientFrame, ServerFrame};
use futures_util::{SinkExt, StreamExt};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use crate::proxy;

/// How long the network may take for what a browser's sockets do unseen.
const PATIENCE: Duration = Duration::from_secs(4);

/// The connection is gone.
#[derive(Debug)]
pub struct Lost;

pub struct Wire(WebSocketStream<TcpStream>);

impl Wire {
    /// Opens a connection, and sends `hello`.
    pub async fn open(address: SocketAddr, token: &str) -> Result<Self, Lost> {
        let stream = proxy::dial(address).await.map_err(|_| Lost)?;
        let upgrade = tokio_tungstenite::client_async(format!("ws://{address}/ws"), stream);
        let (stream, _) = timeout(PATIENCE, upgrade).await.map_err(|_| Lost)?.map_err(|_| Lost)?;
        let mut wire = Self(stream);
        wire.send(&ClientFrame::Hello { token: token.to_owned() }).await?;
        Ok(wire)
    }

    pub async fn send(&mut self, frame: &ClientFrame) -> Result<(), Lost> {
        let text = serde_json::to_string(frame).expect("frames can be written");
        match timeout(PATIENCE, self.0.send(Message::text(text))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Lost),
        }
    }

    /// The next frame. Nothing is lost where the wait is given up.
    pub async fn next(&mut self) -> Result<ServerFrame, Lost> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Ok(
                        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
                    );
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return Err(Lost),
            }
        }
    }

    /// Goes in good order, without waiting for an answer.
    pub async fn leave(mut self) {
        let _ = timeout(PATIENCE, self.0.close(None)).await;
    }
}
