//! The WebSocket while it lasts: it says what happens to it, and is closed when it is dropped.

use std::task::{Context, Poll, ready};

use confab_shared::protocol::ClientFrame;
use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};

use super::Input;

pub(super) struct Line {
    socket: WebSocket,
    /// Whether the attempt is over, well or not.
    tried: bool,
}

impl Line {
    /// Begins to connect; none where the browser does not even try.
    pub(super) fn open(url: &str) -> Option<Self> {
        Some(Self { socket: WebSocket::open(url).ok()?, tried: false })
    }

    /// What happens to the socket next; nothing follows its end.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        if !self.tried && self.socket.poll_ready_unpin(cx).is_ready() {
            self.tried = true;
            if matches!(self.socket.state(), State::Open) {
                return Poll::Ready(Input::Opened);
            }
        }
        loop {
            return Poll::Ready(match ready!(self.socket.poll_next_unpin(cx)) {
                Some(Ok(Message::Text(text))) => Input::Heard(text),
                // No frame of ours, and yet a sign of life.
                Some(Ok(Message::Bytes(_))) => Input::Heard(String::new()),
                Some(Err(WebSocketError::ConnectionClose(event))) => Input::HungUp(Some(event.code)),
                // Every socket that fails says that it is closed: its errors say no more.
                Some(Err(_)) => continue,
                None => Input::HungUp(None),
            });
        }
    }

    /// Sends a frame. That it could not is told as the end of the socket.
    pub(super) fn say(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).unwrap_or_default();
        let _ = self.socket.start_send_unpin(Message::Text(text));
    }
}
