//! The writing side of one connection, shared by its own task, the hub and the heartbeat. Each writes to the socket at
//! once, as far as it has room; the rest is queued, and the connection's task writes it when there is room again. So a
//! message to a thousand users wakes only the tasks of connections that are behind.

mod changed_user;
mod queue;

use std::{
    cell::RefCell,
    io::ErrorKind,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use confab_shared::user::User;
use futures_util::task::AtomicWaker;

use self::{changed_user::ChangedUser, queue::Queue};
use crate::{
    realtime::hub::{Item, Subscriber},
    transport::{connection_id::ConnectionId, stream::WriteHalf},
    websocket::frame::Frame,
};

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The peer closed the connection, or does not answer.
    Gone,
    /// The server closes it, with a close code and a reason.
    Close(u16, &'static str),
}

/// The writing side of a connection.
pub struct ConnectionHandle {
    id: ConnectionId,
    socket: WriteHalf,
    // A std mutex: it is locked for one non-blocking system call, never across an await.
    writing: Mutex<Writing>,
    /// The connection's task.
    task: AtomicWaker,
    /// Whether bytes were received since the last heartbeat.
    received: AtomicBool,
    /// Whether the task reads: not while too many messages are unanswered.
    reading: AtomicBool,
    changed_user: ChangedUser,
}

#[derive(Default)]
struct Writing {
    queue: Queue,
    /// The socket has no room: the task waits for it.
    blocked: bool,
    /// Whether bytes were written since the last heartbeat.
    wrote: bool,
    /// At how many heartbeats in a row the socket had no room.
    blocked_heartbeats: u32,
    /// Whether the last heartbeat sent a ping.
    pinged: bool,
    /// The payload of heartbeat pings.
    ping_payload: Box<[u8]>,
    end: Option<End>,
    /// The close frame is queued, and no frame may follow it (RFC 6455, 5.5.1).
    closing: bool,
}

/// How many items of a burst are queued before they are written: fewer than make a peer lag, however long they are.
const BURST_CHUNK: usize = 32;

/// How many bytes of several frames are written at once.
const JOIN_BYTES: usize = 16 * 1024;

thread_local! {
    /// The buffer in which frames are joined.
    static JOINED: RefCell<Vec<u8>> = RefCell::new(vec![0; JOIN_BYTES]);
}

/// At how many heartbeats in a row the socket may have no room.
const MAX_BLOCKED_HEARTBEATS: u32 = 1;

impl ConnectionHandle {
    /// The writing side of a connection's socket.
    pub fn new(id: ConnectionId, socket: WriteHalf) -> Self {
        Self {
            id,
            socket,
            writing: Mutex::default(),
            task: AtomicWaker::new(),
            received: AtomicBool::new(true),
            reading: AtomicBool::new(true),
            changed_user: ChangedUser::default(),
        }
    }

    /// The connection.
    pub(super) fn id(&self) -> ConnectionId {
        self.id
    }

    /// Writes an answer, or queues it. Answers are never dropped.
    pub fn send(&self, frame: Frame) {
        let mut writing = self.writing();
        if !self.write_alone(&mut writing, &frame) {
            writing.queue.push(frame);
            self.write(&mut writing);
        }
    }

    /// Queues an answer, which [`ConnectionHandle::flush`] writes with those queued after it.
    pub(super) fn enqueue(&self, frame: Frame) {
        self.writing().queue.push(frame);
    }

    /// Writes the queued frames.
    pub(super) fn flush(&self) {
        self.write(&mut self.writing());
    }

    /// Holds deliveries of the hub back until [`ConnectionHandle::welcome`].
    pub fn hold_deliveries(&self) {
        self.writing().queue.hold_deliveries();
    }

    /// Writes a welcome, then the deliveries that were held back: each is newer than the welcome, or contained in it.
    pub fn welcome(&self, frame: Frame) {
        let mut writing = self.writing();
        writing.queue.push(frame);
        writing.queue.release_deliveries();
        self.write(&mut writing);
    }

    /// Ends the connection; the first reason counts.
    pub fn end(&self, end: End) {
        self.writing().end.get_or_insert(end);
        self.task.wake();
    }

    /// Sets the payload of heartbeat pings.
    pub fn set_ping_payload(&self, payload: &[u8]) {
        self.writing().ping_payload = payload.into();
    }

    /// One heartbeat: pings the peer, or ends the connection where the peer sent nothing since the last ping or the
    /// socket had no room for too long.
    pub(super) fn check_alive(&self) {
        let received = self.received.swap(false, Ordering::Relaxed) || !self.reading.load(Ordering::Relaxed);
        let mut writing = self.writing();
        writing.blocked_heartbeats =
            if writing.blocked && !writing.wrote { writing.blocked_heartbeats + 1 } else { 0 };
        writing.wrote = false;
        let silent = std::mem::take(&mut writing.pinged) && !received;
        if silent || writing.blocked_heartbeats > MAX_BLOCKED_HEARTBEATS {
            drop(writing);
            self.end(End::Gone);
        } else if !writing.blocked && !writing.closing {
            writing.pinged = true;
            let ping = Frame::ping(&writing.ping_payload);
            writing.queue.push(ping);
            self.write(&mut writing);
        }
    }

    /// The user of the connection, where it changed since the last time.
    pub(super) fn take_changed_user(&self) -> Option<User> {
        self.changed_user.take()
    }

    /// Notes that bytes were received.
    pub(super) fn note_received(&self) {
        self.received.store(true, Ordering::Relaxed);
    }

    /// Notes whether the task reads.
    pub(super) fn set_reading(&self, reading: bool) {
        self.reading.store(reading, Ordering::Relaxed);
    }

    /// Wakes the connection's task.
    pub(super) fn wake(&self) {
        self.task.wake();
    }

    /// Writes queued frames as far as the socket has room, and has the task woken when there is more room or the
    /// connection ends. Returns whether the queue is empty.
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
            match self.socket.poll_write_ready(cx) {
                Poll::Ready(Ok(())) => {
                    writing.blocked = false;
                    self.write(&mut writing);
                }
                Poll::Ready(Err(_)) => return Err(End::Gone),
                Poll::Pending => return Ok(false),
            }
        }
    }

    /// Shuts the writing side down.
    pub(super) fn shut_down(&self) {
        if let Err(error) = self.socket.shut_down() {
            tracing::debug!(%error, "failed to shut down a socket");
        }
    }

    /// Waits until the queue is empty.
    pub(super) async fn flushed(&self) -> Result<(), End> {
        std::future::poll_fn(|cx| match self.poll(cx) {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) => Poll::Pending,
            Err(end) => Poll::Ready(Err(end)),
        })
        .await
    }

    /// Queues the close frame, the last one that is written.
    pub(super) fn close(&self, frame: Frame) {
        let mut writing = self.writing();
        writing.queue.push(frame);
        writing.closing = true;
        self.write(&mut writing);
    }

    /// Clears the reason to end, so that the last answers and the close frame can be written.
    pub(super) fn resume(&self) {
        let mut writing = self.writing();
        writing.end = None;
        self.write(&mut writing);
    }

    fn writing(&self) -> MutexGuard<'_, Writing> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a frame without queueing it. Returns false, and writes nothing, where frames are queued or the socket has
    /// no room.
    fn write_alone(&self, writing: &mut Writing, frame: &Frame) -> bool {
        if writing.blocked || writing.end.is_some() || !writing.queue.is_idle() {
            return false;
        }
        match self.socket.try_write(frame.bytes()) {
            Ok(bytes) => {
                writing.wrote = true;
                if bytes < frame.len() {
                    writing.queue.push(frame.clone());
                    writing.queue.advance(bytes);
                }
                // Finds that there is no room for the rest, and has the task wait for it.
                self.write(writing);
                true
            }
            // The caller queues the frame, and writing the queue handles the error.
            Err(_) => false,
        }
    }

    /// Writes queued frames as far as the socket has room. Of an empty queue, nothing is written until what TLS took
    /// is in the socket, too.
    fn write(&self, writing: &mut Writing) {
        let unwritten = |writing: &Writing| !writing.queue.is_empty() || !self.socket.is_flushed();
        while !writing.blocked && writing.end.is_none() && unwritten(writing) {
            let written =
                JOINED.with_borrow_mut(|joined| self.socket.try_write(writing.queue.next(&mut joined[..])));
            match written {
                Ok(bytes) => {
                    writing.queue.advance(bytes);
                    writing.wrote = true;
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
        // In chunks: a burst must not make a peer lag whose socket has room.
        for part in items.chunks(BURST_CHUNK) {
            part.iter().for_each(|item| writing.queue.push_delivery(frame(item).clone()));
            self.write(&mut writing);
        }
    }

    fn set_user(&self, user: &User) {
        self.changed_user.set(user);
    }

    fn end(&self) {
        ConnectionHandle::end(self, End::Close(confab_shared::protocol::close::BAD_TOKEN, "signed out"));
    }
}
