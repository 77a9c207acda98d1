//! The writing side of one connection, shared by all who have something to say to its peer: the connection's own task,
//! the hub, the heartbeat. Whoever comes writes at once, as far as the socket has room; what is left is queued, and
//! the task writes it when there is room again. So a message to a thousand people wakes nobody but who is behind.

mod queue;

use std::{
    cell::RefCell,
    io::ErrorKind,
    net::Shutdown,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;
use socket2::SockRef;
use tokio::net::{TcpStream, tcp::OwnedWriteHalf};

use self::queue::Queue;
use crate::{
    realtime::hub::{Item, Subscriber},
    websocket::frame::Frame,
};

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer left, or is as good as gone.
    Gone,
    /// We end it, with a close code and a reason.
    Close(u16, &'static str),
}

/// The writing side of a connection.
pub struct ConnectionHandle {
    socket: OwnedWriteHalf,
    // A plain mutex: held for one system call that does not block, never while waiting.
    writing: Mutex<Writing>,
    /// The connection's task.
    task: AtomicWaker,
    /// Whether anything has come since the heartbeat looked last.
    heard: AtomicBool,
    /// Whether the task listens at all: not while too much of what it heard is under way.
    listening: AtomicBool,
}

#[derive(Default)]
struct Writing {
    queue: Queue,
    /// The socket had no room: the task waits for it.
    blocked: bool,
    /// Whether something was written since the heartbeat looked last.
    moved: bool,
    /// For how many beats in a row there was no room.
    stuck: u32,
    /// Whether the heartbeat asked, when it looked last.
    asked: bool,
    /// What a heartbeat's ping carries.
    payload: Box<[u8]>,
    end: Option<End>,
    /// The good-bye stands in the queue, and nothing comes behind it (RFC 6455, 5.5.1).
    closing: bool,
}

/// How many items of a burst are queued before they are written: less than makes a peer lag, however long they are.
const PART: usize = 32;

/// How much is written at once where there are several frames.
const JOIN: usize = 16 * 1024;

thread_local! {
    /// Where frames are joined.
    static JOINED: RefCell<Vec<u8>> = RefCell::new(vec![0; JOIN]);
}

/// How many beats a peer may leave us without room.
const MOST_STUCK: u32 = 1;

impl ConnectionHandle {
    /// The writing side of a socket.
    pub fn new(socket: OwnedWriteHalf) -> Self {
        Self {
            socket,
            writing: Mutex::default(),
            task: AtomicWaker::new(),
            heard: AtomicBool::new(true),
            listening: AtomicBool::new(true),
        }
    }

    /// Writes what must arrive, or queues it.
    pub fn send(&self, frame: Frame) {
        let mut writing = self.writing();
        if !self.write_alone(&mut writing, &frame) {
            writing.queue.push(frame);
            self.write(&mut writing);
        }
    }

    /// Queues what must arrive, to be written with what follows by [`ConnectionHandle::flush`].
    pub(super) fn enqueue(&self, frame: Frame) {
        self.writing().queue.push(frame);
    }

    /// Writes what was fed.
    pub(super) fn flush(&self) {
        self.write(&mut self.writing());
    }

    /// Holds back what comes through the hub, until [`ConnectionHandle::welcome`].
    pub fn hold(&self) {
        self.writing().queue.hold();
    }

    /// Writes a welcome, and then what was held back: whatever that tells is newer, or known to the peer by then.
    pub fn welcome(&self, frame: Frame) {
        let mut writing = self.writing();
        writing.queue.push(frame);
        writing.queue.release();
        self.write(&mut writing);
    }

    /// Ends the connection; what ended it first counts.
    pub fn end(&self, end: End) {
        self.writing().end.get_or_insert(end);
        self.task.wake();
    }

    /// What a heartbeat's ping carries from now on.
    pub fn set_heartbeat(&self, payload: &[u8]) {
        self.writing().payload = payload.into();
    }

    /// Asks a peer that has been silent for a beat, and ends the connection of one that was asked and is still silent,
    /// or that leaves no room for what it is to be told.
    pub fn beat(&self) {
        let heard = self.heard.swap(false, Ordering::Relaxed) || !self.listening.load(Ordering::Relaxed);
        let mut writing = self.writing();
        writing.stuck = if writing.blocked && !writing.moved { writing.stuck + 1 } else { 0 };
        writing.moved = false;
        let silent = std::mem::take(&mut writing.asked) && !heard;
        if silent || writing.stuck > MOST_STUCK {
            drop(writing);
            self.end(End::Gone);
        } else if !writing.blocked && !writing.closing {
            writing.asked = true;
            let ping = Frame::ping(&writing.payload);
            writing.queue.push(ping);
            self.write(&mut writing);
        }
    }

    /// Takes note that the peer lives.
    pub(super) fn note_received(&self) {
        self.heard.store(true, Ordering::Relaxed);
    }

    /// Takes note whether the task listens.
    pub(super) fn set_reading(&self, listening: bool) {
        self.listening.store(listening, Ordering::Relaxed);
    }

    /// Wakes the connection's task.
    pub(super) fn wake(&self) {
        self.task.wake();
    }

    /// Writes what there is room for, and has the task woken when there is more room, or the connection ends. Answers
    /// whether all that was queued is written.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Result<bool, End> {
        self.task.register(cx.waker());
        let mut writing = self.writing();
        loop {
            if let Some(end) = writing.end {
                return Err(end);
            }
            if !writing.blocked {
                return Ok(true);
            }
            match socket(&self.socket).poll_write_ready(cx) {
                Poll::Ready(Ok(())) => {
                    writing.blocked = false;
                    self.write(&mut writing);
                }
                Poll::Ready(Err(_)) => return Err(End::Gone),
                Poll::Pending => return Ok(false),
            }
        }
    }

    /// Tells the peer that nothing more comes.
    pub(super) fn shut(&self) {
        if let Err(error) = SockRef::from(socket(&self.socket)).shutdown(Shutdown::Write) {
            tracing::debug!(%error, "a socket was shut already");
        }
    }

    /// Waits until all that was queued is written.
    pub(super) async fn flushed(&self) -> Result<(), End> {
        std::future::poll_fn(|cx| match self.poll(cx) {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) => Poll::Pending,
            Err(end) => Poll::Ready(Err(end)),
        })
        .await
    }

    /// Says good-bye: the last thing that is written.
    pub(super) fn close(&self, frame: Frame) {
        let mut writing = self.writing();
        writing.queue.push(frame);
        writing.closing = true;
        self.write(&mut writing);
    }

    /// Forgets why the connection ends: there are answers and a good-bye to be written yet.
    pub(super) fn resume(&self) {
        let mut writing = self.writing();
        writing.end = None;
        self.write(&mut writing);
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a frame past a queue that is empty. Whether that went; nothing is written where it did not.
    fn write_alone(&self, writing: &mut Writing, frame: &Frame) -> bool {
        if writing.blocked || writing.end.is_some() || !writing.queue.is_idle() {
            return false;
        }
        match socket(&self.socket).try_write(frame.bytes()) {
            Ok(bytes) => {
                writing.moved = true;
                if bytes < frame.len() {
                    writing.queue.push(frame.clone());
                    writing.queue.advance(bytes);
                }
                true
            }
            // Tried again with the queue, which knows what to do.
            Err(_) => false,
        }
    }

    /// Writes what is queued, as far as there is room.
    fn write(&self, writing: &mut Writing) {
        while !writing.blocked && writing.end.is_none() && !writing.queue.is_empty() {
            let written = JOINED.with_borrow_mut(|joined| {
                socket(&self.socket).try_write(writing.queue.next(&mut joined[..]))
            });
            match written {
                Ok(bytes) => {
                    writing.queue.advance(bytes);
                    writing.moved = true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    writing.blocked = true;
                    self.task.wake();
                }
                Err(_) => {
                    writing.end = Some(End::Gone);
                    self.task.wake();
                }
            }
        }
    }
}

fn socket(half: &OwnedWriteHalf) -> &TcpStream {
    half.as_ref()
}

fn frame(item: &Item) -> &Frame {
    match item {
        Item::Event(published) => published.native(),
        Item::Signal(frame) => frame,
    }
}

impl Subscriber for ConnectionHandle {
    fn deliver(&self, items: &[Item]) {
        let mut writing = self.writing();
        if writing.closing {
            return;
        }
        if let [item] = items
            && self.write_alone(&mut writing, frame(item))
        {
            return;
        }
        // In parts, so that a burst makes nobody lag who has room.
        for part in items.chunks(PART) {
            part.iter().for_each(|item| writing.queue.push_delivery(frame(item).clone()));
            self.write(&mut writing);
        }
    }

    fn end(&self) {
        ConnectionHandle::end(self, End::Close(confab_shared::protocol::close::BAD_TOKEN, "signed out"));
    }
}
