//! A socket, with what both dialects need of it: reads told apart, writes that end in time, a good-bye.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket},
};
use confab_shared::protocol::MAX_FRAME_BYTES;
use futures_util::SinkExt;
use tokio::time::timeout;

/// How long a peer may take to make room for what we write.
const WRITE_TIME: Duration = Duration::from_secs(30);

/// How long a peer may take to answer our close.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// The peer is gone, or as good as gone.
#[derive(Debug)]
pub(super) struct Gone;

/// What came from the peer.
pub(super) enum Received {
    Text(Utf8Bytes),
    Binary,
    Pong(Bytes),
    /// A ping, which the socket answers by itself.
    Ping,
    /// A frame above the limit.
    TooLarge,
    Closed,
}

pub(super) struct Link(WebSocket);

impl Link {
    pub(super) fn new(socket: WebSocket) -> Self {
        Self(socket)
    }

    /// The next thing that comes. Nothing is lost where the wait is given up.
    pub(super) async fn receive(&mut self) -> Received {
        match self.0.recv().await {
            Some(Ok(Message::Text(text))) if text.len() > MAX_FRAME_BYTES => Received::TooLarge,
            Some(Ok(Message::Binary(bytes))) if bytes.len() > MAX_FRAME_BYTES => Received::TooLarge,
            Some(Ok(Message::Text(text))) => Received::Text(text),
            Some(Ok(Message::Binary(_))) => Received::Binary,
            Some(Ok(Message::Pong(payload))) => Received::Pong(payload),
            Some(Ok(Message::Ping(_))) => Received::Ping,
            Some(Err(error)) if is_capacity(&error) => Received::TooLarge,
            Some(Ok(Message::Close(_)) | Err(_)) | None => Received::Closed,
        }
    }

    /// Queues a frame; [`Link::flush`] sends it.
    pub(super) async fn feed(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), Gone> {
        self.write(Message::Text(text.into())).await
    }

    /// Queues a ping.
    pub(super) async fn ping(&mut self, payload: Bytes) -> Result<(), Gone> {
        self.write(Message::Ping(payload)).await
    }

    async fn write(&mut self, message: Message) -> Result<(), Gone> {
        in_time(self.0.feed(message)).await
    }

    /// Sends all that was queued.
    pub(super) async fn flush(&mut self) -> Result<(), Gone> {
        in_time(self.0.flush()).await
    }

    /// Says good-bye, and waits a moment for the answer: a socket that is closed with unread input would take back
    /// what the peer has not read yet.
    pub(super) async fn close(mut self, code: u16, reason: &'static str) {
        let frame = CloseFrame { code, reason: reason.into() };
        if self.write(Message::Close(Some(frame))).await.is_ok() && self.flush().await.is_ok() {
            let _ = timeout(CLOSE_TIME, async { while let Some(Ok(_)) = self.0.recv().await {} }).await;
        }
    }
}

async fn in_time(write: impl Future<Output = Result<(), axum::Error>>) -> Result<(), Gone> {
    match timeout(WRITE_TIME, write).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Gone),
    }
}

fn is_capacity(error: &axum::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<tungstenite::Error>());
    matches!(cause, Some(tungstenite::Error::Capacity(_)))
}
