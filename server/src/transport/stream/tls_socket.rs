//! A TLS connection that is read by one task and written by many threads.

use std::{
    io::{self, ErrorKind, IoSlice, Read, Write},
    net::Shutdown,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use socket2::SockRef;
use tokio::{io::ReadBuf, net::TcpStream};
use tokio_rustls::rustls::ServerConnection;

/// How many reads of the socket in a row may yield nothing, before other tasks have their turn: a peer may send records
/// that carry no bytes.
const MAX_EMPTY_READS: usize = 16;

/// A socket and the TLS session over it.
pub struct TlsSocket {
    socket: TcpStream,
    // A std mutex: it is locked for cryptography and non-blocking system calls, never across an await.
    session: Mutex<ServerConnection>,
}

impl TlsSocket {
    /// The socket of a session whose handshake is complete.
    pub fn new(socket: TcpStream, session: ServerConnection) -> Self {
        Self { socket, session: Mutex::new(session) }
    }

    /// Encrypts as many bytes as the session has room for, and writes them as far as the socket has room. Takes none
    /// while the socket has no room for those that were taken before, so a session keeps at most
    /// [`MAX_UNSENT_BYTES`](super::MAX_UNSENT_BYTES).
    ///
    /// # Errors
    /// `WouldBlock` where no bytes were taken; any other error ends the connection.
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut session = self.session();
        self.flush(&mut session)?;
        if bytes.is_empty() {
            return Ok(0);
        }
        let taken = session.writer().write(bytes)?;
        match self.flush(&mut session) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(taken),
        }
    }

    /// Whether all that was encrypted is in the socket.
    pub fn is_flushed(&self) -> bool {
        !self.session().wants_write()
    }

    /// Waits until the socket has room.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_write_ready(cx)
    }

    /// Waits for bytes and reads them; none are read at the end of the stream.
    pub fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        for _ in 0..MAX_EMPTY_READS {
            let read = self.read(buffer);
            match read {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready!(self.socket.poll_read_ready(cx))?;
                }
                Ok(Some(())) => return Poll::Ready(Ok(())),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Shuts the writing side down. Where the socket has no room for it, the alert that says so is left out.
    ///
    /// # Errors
    /// The system call's.
    pub fn shut_down(&self) -> io::Result<()> {
        let mut session = self.session();
        session.send_close_notify();
        let _ = self.flush(&mut session);
        SockRef::from(&self.socket).shutdown(Shutdown::Write)
    }

    /// Reads decrypted bytes; where there are none, reads the socket once and decrypts. None where that gave no bytes
    /// yet.
    fn read(&self, buffer: &mut ReadBuf<'_>) -> io::Result<Option<()>> {
        let mut session = self.session();
        match session.reader().read(buffer.initialize_unfilled()) {
            Ok(count) => {
                buffer.advance(count);
                return Ok(Some(()));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        session.read_tls(&mut NonBlocking(&self.socket))?;
        let processed = session.process_new_packets();
        // An alert, or the answer to a key update. Where the socket has no room, the next write sends it.
        let _ = self.flush(&mut session);
        processed.map(|_| None).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
    }

    /// Writes what is encrypted, as far as the socket has room.
    fn flush(&self, session: &mut ServerConnection) -> io::Result<()> {
        while session.wants_write() {
            if session.write_tls(&mut NonBlocking(&self.socket))? == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    fn session(&self) -> MutexGuard<'_, ServerConnection> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket as rustls reads and writes it: it never waits.
struct NonBlocking<'a>(&'a TcpStream);

impl Read for NonBlocking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for NonBlocking<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
