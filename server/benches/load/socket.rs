//! A WebSocket client that costs little, so that what is measured is the server: one read takes all that there is,
//! one write sends all that was queued, and nothing is allocated per frame.

use std::{
    cell::{Cell, RefCell},
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    rc::Rc,
    task::Poll,
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncRead, ReadBuf},
    net::{
        TcpSocket,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};

use crate::frames::{self, Opcode};

/// How long an answer may take that is not measured.
const PATIENCE: Duration = Duration::from_secs(30);

thread_local! {
    /// What one read takes at most; shared, since nobody waits while it is in use.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; 64 * 1024]);
}

/// The writing end.
pub struct Sender {
    socket: OwnedWriteHalf,
    queued: RefCell<Vec<u8>>,
    /// Whether a task waits for the socket to take more.
    waiting: Cell<bool>,
}

impl Sender {
    /// Queues a text frame.
    pub fn queue(&self, text: &[u8]) {
        frames::write(&mut self.queued.borrow_mut(), Opcode::Text, text);
    }

    /// Sends all that was queued, as far as the socket takes it; the rest follows by itself.
    pub fn flush(self: &Rc<Self>) {
        if !self.waiting.get() && !self.write() {
            self.waiting.set(true);
            let sender = Rc::clone(self);
            tokio::task::spawn_local(async move {
                while sender.socket.writable().await.is_ok() && !sender.write() {}
                sender.waiting.set(false);
            });
        }
    }

    /// Whether all that was queued is gone. Of a broken connection the reading end tells.
    fn write(&self) -> bool {
        let mut queued = self.queued.borrow_mut();
        while !queued.is_empty() {
            match self.socket.try_write(&queued) {
                Ok(count) => drop(queued.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(_) => queued.clear(),
            }
        }
        true
    }

    /// Queues a text frame and sends it.
    pub fn send(self: &Rc<Self>, text: &[u8]) {
        self.queue(text);
        self.flush();
    }
}

/// The reading end. Pings are answered.
pub struct Receiver {
    socket: OwnedReadHalf,
    buffer: Vec<u8>,
    /// How much of the buffer has been taken.
    taken: usize,
    /// The writing end.
    pub sender: Rc<Sender>,
}

impl Receiver {
    /// Connects and upgrades.
    pub async fn connect(address: SocketAddr, path: &str) -> anyhow::Result<Self> {
        Self::connect_from(Ipv4Addr::LOCALHOST.into(), address, path).await
    }

    /// Connects from one of the machine's own addresses: each has its own ports.
    pub async fn connect_from(from: IpAddr, address: SocketAddr, path: &str) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if from != Ipv4Addr::LOCALHOST {
            socket.bind((from, 0).into())?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        let (socket, writer) = stream.into_split();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let sender =
            Sender { socket: writer, queued: request.into_bytes().into(), waiting: Cell::new(false) };
        let mut receiver = Self { socket, buffer: Vec::new(), taken: 0, sender: Rc::new(sender) };
        receiver.sender.flush();
        timeout(PATIENCE, receiver.upgraded()).await.context("no upgrade")??;
        Ok(receiver)
    }

    async fn upgraded(&mut self) -> anyhow::Result<()> {
        loop {
            self.fill().await?;
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                self.taken = end + 4;
                let head = String::from_utf8_lossy(&self.buffer[..end]);
                anyhow::ensure!(head.starts_with("HTTP/1.1 101"), "not upgraded: {head}");
                return Ok(());
            }
        }
    }

    /// Waits until something has been read.
    async fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        let Self { socket, buffer, .. } = self;
        std::future::poll_fn(|context| {
            SCRATCH.with_borrow_mut(|scratch| {
                let mut read = ReadBuf::new(scratch);
                match Pin::new(&mut *socket).poll_read(context, &mut read) {
                    Poll::Ready(Ok(())) if read.filled().is_empty() => {
                        Poll::Ready(Err(ErrorKind::UnexpectedEof.into()))
                    }
                    Poll::Ready(Ok(())) => {
                        buffer.extend_from_slice(read.filled());
                        Poll::Ready(Ok(()))
                    }
                    other => other,
                }
            })
        })
        .await
    }

    /// The next whole text frame of what has been read.
    fn next_read(&mut self) -> anyhow::Result<Option<(usize, usize)>> {
        while let Some((opcode, begin, end)) = frames::read(&self.buffer[self.taken..])? {
            let (begin, end) = (self.taken + begin, self.taken + end);
            self.taken = end;
            let payload = &self.buffer[begin..end];
            match opcode {
                Opcode::Text => return Ok(Some((begin, end))),
                Opcode::Ping => {
                    frames::write(&mut self.sender.queued.borrow_mut(), Opcode::Pong, payload);
                }
                Opcode::Pong => {}
                Opcode::Close => bail!("closed: {}", String::from_utf8_lossy(payload)),
            }
        }
        Ok(None)
    }

    /// Waits for a text frame.
    pub async fn next(&mut self) -> anyhow::Result<String> {
        let next = async {
            loop {
                let found = self.next_read()?;
                self.sender.flush();
                match found {
                    Some((begin, end)) => return Ok(String::from_utf8(self.buffer[begin..end].to_vec())?),
                    None => self.fill().await?,
                }
            }
        };
        timeout(PATIENCE, next).await.context("no answer")?
    }

    /// Takes every text frame that comes, and after those of one read `done`, until the connection ends.
    pub async fn each(
        &mut self,
        mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
        mut done: impl FnMut(),
    ) -> anyhow::Result<()> {
        loop {
            while let Some((begin, end)) = self.next_read()? {
                take(&self.buffer[begin..end])?;
            }
            done();
            self.sender.flush();
            self.fill().await?;
        }
    }
}
