//! A WebSocket to the server, closed when it is dropped.

use std::task::{Context, Poll, ready};

use confab_shared::protocol::ClientFrame;
use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};

use super::browser::window;

/// What happened to a socket.
pub(crate) enum SocketEvent {
    Opened,
    /// A text frame; empty for a binary one, which the server never sends.
    Received(String),
    /// The last event, with the close code where there is one.
    Closed(Option<u16>),
}

/// A socket that is open or about to open.
pub(crate) struct Socket {
    socket: WebSocket,
    /// Whether the attempt to open has ended, in success or failure.
    attempted: bool,
}

impl Socket {
    /// Starts to connect to `/ws`; none where the browser refuses to try.
    pub(crate) fn connect() -> Option<Self> {
        Some(Self { socket: WebSocket::open(&url()).ok()?, attempted: false })
    }

    /// The next event.
    pub(crate) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<SocketEvent> {
        if !self.attempted && self.socket.poll_ready_unpin(cx).is_ready() {
            self.attempted = true;
            if matches!(self.socket.state(), State::Open) {
                return Poll::Ready(SocketEvent::Opened);
            }
        }
        loop {
            return Poll::Ready(match ready!(self.socket.poll_next_unpin(cx)) {
                Some(Ok(Message::Text(text))) => SocketEvent::Received(text),
                Some(Ok(Message::Bytes(_))) => SocketEvent::Received(String::new()),
                Some(Err(WebSocketError::ConnectionClose(event))) => SocketEvent::Closed(Some(event.code)),
                // A close event follows every error and says more.
                Some(Err(_)) => continue,
                None => SocketEvent::Closed(None),
            });
        }
    }

    /// Sends a frame. A failure shows as [`SocketEvent::Closed`].
    pub(crate) fn send(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).unwrap_or_default();
        let _ = self.socket.start_send_unpin(Message::Text(text));
    }
}

fn url() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/ws", location.host().unwrap_or_default())
}
