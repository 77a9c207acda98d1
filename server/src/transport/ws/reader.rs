//! The reading side of one connection. It reads into a buffer that all connections of a thread share: a silent
//! connection costs no buffer.

use std::{
    cell::RefCell,
    collections::VecDeque,
    task::{Context, Poll},
};

use confab_shared::protocol::MAX_FRAME_BYTES;
use tokio::io::ReadBuf;

use super::handle::{ConnectionHandle, End};
use crate::{
    transport::stream::ReadHalf,
    websocket::decoder::{Decoder, Received},
};

/// How many bytes are read at once.
const READ_BYTES: usize = 16 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// The reading side of a connection.
pub struct Reader {
    socket: ReadHalf,
    decoder: Decoder,
    /// Messages that were decoded and not taken yet.
    received: VecDeque<Received>,
}

impl Reader {
    /// The reading side of a socket, of which `early` was read with the handshake.
    pub fn new(socket: ReadHalf, early: &[u8]) -> Self {
        let mut reader = Self { socket, decoder: Decoder::new(MAX_FRAME_BYTES), received: VecDeque::new() };
        reader.decoder.decode(early, |received| reader.received.push_back(received));
        reader
    }

    /// The number of messages that were decoded and not taken.
    pub fn buffered(&self) -> usize {
        self.received.len()
    }

    /// The next decoded message.
    pub fn next(&mut self) -> Option<Received> {
        self.received.pop_front()
    }

    /// Waits for the next message.
    pub fn poll(&mut self, cx: &mut Context<'_>, handle: &ConnectionHandle) -> Poll<Result<Received, End>> {
        loop {
            if let Some(received) = self.next() {
                return Poll::Ready(Ok(received));
            }
            match self.poll_read(cx) {
                Poll::Ready(true) => handle.note_received(),
                Poll::Ready(false) => return Poll::Ready(Err(End::Gone)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Waits for the next message, or the end. Nothing is read while the socket has no room: the answers to a peer that
    /// does not read would pile up. Cancelling loses no message.
    pub async fn receive(&mut self, handle: &ConnectionHandle) -> Result<Received, End> {
        std::future::poll_fn(|cx| match handle.poll(cx)? {
            true => self.poll(cx, handle),
            // The connection's task is woken once there is room.
            false => Poll::Pending,
        })
        .await
    }

    /// Reads until the peer closes. Closing a socket with unread input resets it, and the peer would lose what it has
    /// not read yet.
    pub async fn drain(&mut self) {
        self.received = VecDeque::new();
        while std::future::poll_fn(|cx| self.poll_read(cx)).await {
            self.received.clear();
        }
    }

    /// Reads once. Returns whether the connection is open.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        // Releases the memory of a burst.
        self.received.shrink_to(0);
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            match self.socket.poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.decoder.decode(buffer.filled(), |received| self.received.push_back(received));
                    Poll::Ready(true)
                }
                Poll::Ready(Ok(()) | Err(_)) => Poll::Ready(false),
                Poll::Pending => Poll::Pending,
            }
        })
    }
}
