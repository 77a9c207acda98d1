//! The stream of one connection: TCP, or TLS over it.
//!
//! hyper reads and writes a [`Stream`] as a whole. A WebSocket takes it apart, since many threads write to it
//! (`ws::handle`): a write never waits, and what the socket has no room for is the caller's to keep. TLS fits in there
//! as a session behind a lock beside the socket ([`TlsSocket`]). A task that decrypts into a socket pair would leave the
//! WebSocket's code alone, but it would cost each connection two more open files, of which the limit of connections is
//! made, and each message two more copies through the kernel and a wakeup. Without TLS each call is a branch that is
//! always predicted, before the same system call as without this module.

mod tls_socket;

use std::{
    io::{self, IoSlice},
    net::Shutdown,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use tokio_rustls::server::TlsStream;

use self::tls_socket::TlsSocket;

/// The most bytes of a TLS connection that are encrypted and not yet in the socket, but for a record's overhead.
pub const MAX_UNSENT_BYTES: usize = 16 * 1024;

/// The stream of a connection.
pub enum Stream {
    /// TCP.
    Plain(TcpStream),
    /// TLS. Boxed: a connection without it does not reserve its state.
    Tls(Box<TlsStream<TcpStream>>),
}

/// The reading half of a stream.
pub enum ReadHalf {
    /// TCP.
    Plain(OwnedReadHalf),
    /// TLS.
    Tls(Arc<TlsSocket>),
}

/// The writing half of a stream.
pub enum WriteHalf {
    /// TCP.
    Plain(OwnedWriteHalf),
    /// TLS.
    Tls(Arc<TlsSocket>),
}

impl Stream {
    /// The stream of a TLS connection whose handshake is complete.
    pub fn tls(mut stream: TlsStream<TcpStream>) -> Self {
        stream.get_mut().1.set_buffer_limit(Some(MAX_UNSENT_BYTES));
        Self::Tls(Box::new(stream))
    }

    /// The halves of the stream.
    pub fn into_split(self) -> (ReadHalf, WriteHalf) {
        match self {
            Self::Plain(socket) => {
                let (read, write) = socket.into_split();
                (ReadHalf::Plain(read), WriteHalf::Plain(write))
            }
            Self::Tls(stream) => {
                let (socket, session) = stream.into_inner();
                let socket = Arc::new(TlsSocket::new(socket, session));
                (ReadHalf::Tls(Arc::clone(&socket)), WriteHalf::Tls(socket))
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write_vectored(cx, parts),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write_vectored(cx, parts),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(socket) => socket.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

impl ReadHalf {
    /// Waits for bytes and reads them; none are read at the end of the stream.
    pub fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => Pin::new(socket).poll_read(cx, buffer),
            Self::Tls(socket) => socket.poll_read(cx, buffer),
        }
    }
}

impl WriteHalf {
    /// Writes as much as there is room for, without waiting. Returns how many bytes were taken. TLS may have taken
    /// bytes that are not in the socket yet: see [`WriteHalf::is_flushed`].
    ///
    /// # Errors
    /// `WouldBlock` where there is no room; any other error ends the connection.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.try_write(bytes),
            Self::Tls(socket) => socket.try_write(bytes),
        }
    }

    /// Whether all bytes that were taken are in the socket. Where they are not, writing nothing writes them as far as
    /// there is room.
    pub fn is_flushed(&self) -> bool {
        match self {
            Self::Plain(_) => true,
            Self::Tls(socket) => socket.is_flushed(),
        }
    }

    /// Waits until the socket has room.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(socket) => socket.as_ref().poll_write_ready(cx),
            Self::Tls(socket) => socket.poll_write_ready(cx),
        }
    }

    /// Shuts the writing side down: the peer reads the end of the stream.
    ///
    /// # Errors
    /// The system call's, such as that of a peer that is gone.
    pub fn shut_down(&self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => SockRef::from(socket.as_ref()).shutdown(Shutdown::Write),
            Self::Tls(socket) => socket.shut_down(),
        }
    }
}
