//! The reading side of one connection. It reads into a buffer that all connections of a thread share, so that one
//! without anything to say costs no buffer.

use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

use confab_shared::protocol::MAX_FRAME_BYTES;
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::tcp::OwnedReadHalf,
};

use super::handle::{ConnectionHandle, End};
use crate::websocket::decoder::{Decoder, Received};

/// How much is read at once.
const BUFFER: usize = 16 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; BUFFER]);
}

/// The reading side of a connection.
pub struct Reader {
    socket: OwnedReadHalf,
    decoder: Decoder,
    /// What was read and not taken yet.
    received: VecDeque<Received>,
}

impl Reader {
    /// The reading side of a socket, of which `early` has been read already.
    pub fn new(socket: OwnedReadHalf, early: &[u8]) -> Self {
        let mut reader = Self { socket, decoder: Decoder::new(MAX_FRAME_BYTES), received: VecDeque::new() };
        reader.decoder.decode(early, |received| reader.received.push_back(received));
        reader
    }

    /// How much has come already.
    pub fn waiting(&self) -> usize {
        self.received.len()
    }

    /// The next thing that has come already.
    pub fn next(&mut self) -> Option<Received> {
        self.received.pop_front()
    }

    /// The next thing that comes.
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

    /// The next thing that comes, or why nothing comes any more. Nothing is lost where the wait is given up.
    pub async fn receive(&mut self, handle: &ConnectionHandle) -> Result<Received, End> {
        std::future::poll_fn(|cx| {
            handle.poll(cx)?;
            self.poll(cx, handle)
        })
        .await
    }

    /// Reads until the peer closes. A socket that is closed with unread input would take back what the peer has not
    /// read yet.
    pub async fn drain(&mut self) {
        self.received = VecDeque::new();
        while std::future::poll_fn(|cx| self.poll_read(cx)).await {
            self.received.clear();
        }
    }

    /// Reads once; whether the peer is still there.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        // What a burst took is given back.
        self.received.shrink_to(0);
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            match Pin::new(&mut self.socket).poll_read(cx, &mut buffer) {
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
