//! The task of one connection, in either dialect: it reads messages, has them carried out, and answers in the order of the
//! messages. Nothing that it waits for holds up another connection.

mod answers;

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use confab_shared::error::ErrorCode;
use tokio::time::timeout;

use self::answers::{Answer, Answers};
use super::{
    dialect::{Dialect, Inbound, RequestOutcome},
    handle::{ConnectionHandle, End},
    reader::Reader,
};
use crate::{
    domain::command::Command,
    websocket::{
        decoder::Received,
        frame::{Frame, close_code},
    },
};

/// How many messages of one connection may be unanswered; more are not read until some are answered.
const MAX_IN_FLIGHT: usize = 64;

/// How long unanswered messages may take once a connection ends.
const LAST_ANSWERS_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a peer may take to read our close frame and answer it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves a connection until it ends. Not an `async fn`, which would keep its arguments beside what it makes of them.
pub fn serve<D: Dialect>(
    handle: Arc<ConnectionHandle>,
    reader: Reader,
    dialect: D,
) -> impl Future<Output = ()> + Send {
    let mut connection =
        Connection { handle, reader, dialect, commands: Vec::new(), answers: Answers::default() };
    async move {
        let end = loop {
            if let Err(end) = connection.turn().await {
                break end;
            }
        };
        if let End::Close(code, reason) = end {
            let Connection { handle, reader, answers, .. } = connection;
            // Boxed: its state is not reserved while the connection is open.
            Box::pin(async move {
                let _ = timeout(LAST_ANSWERS_TIMEOUT, answers.last::<D>(&handle)).await;
                close(&handle, reader, code, reason).await;
            })
            .await;
        }
    }
}

struct Connection<D> {
    handle: Arc<ConnectionHandle>,
    reader: Reader,
    dialect: D,
    /// Commands that were read and are to be queued.
    commands: Vec<Command>,
    answers: Answers,
}

/// Why the task woke.
enum Wakeup {
    Received(Received),
    PendingEvents,
}

/// What became of a message.
enum Handled {
    /// It is a command, to be queued.
    Command,
    /// It is handled.
    Other,
}

impl<D: Dialect> Connection<D> {
    /// Waits until there is something to do, and does it.
    async fn turn(&mut self) -> Result<(), End> {
        match std::future::poll_fn(|cx| self.poll(cx)).await? {
            Wakeup::PendingEvents => self.dialect.write_pending_events(&self.handle).await,
            Wakeup::Received(first) => {
                let mut handled = self.handle(first).await;
                // Commands are queued together. Any other message waits for its turn: it may be answered at once, and
                // the peer may have no room.
                while let Ok(Handled::Command) = handled
                    && self.commands.len() + self.answers.waiting() < MAX_IN_FLIGHT
                    && let Some(next) = self.reader.next()
                {
                    handled = self.handle(next).await;
                }
                self.submit().await;
                handled.map(|_| ())
            }
        }
    }

    /// Waits for the first thing to do. Answers go before new messages, and nothing is read while the peer does not read:
    /// its answers would pile up.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Wakeup, End>> {
        let flushed = self.handle.poll(cx)?;
        if flushed {
            self.answers.poll::<D>(cx, &self.handle);
        }
        let reading = flushed && self.answers.waiting() < MAX_IN_FLIGHT;
        self.handle.set_reading(reading);
        let wakeup = if flushed && self.dialect.has_pending_events() {
            Poll::Ready(Ok(Wakeup::PendingEvents))
        } else if reading {
            self.reader.poll(cx, &self.handle).map_ok(Wakeup::Received)
        } else {
            Poll::Pending
        };
        if wakeup.is_ready() {
            // Until the task is back here, however long that takes: what the peer sends stays in the socket.
            self.handle.set_reading(false);
        }
        wakeup
    }

    async fn handle(&mut self, received: Received) -> Result<Handled, End> {
        match received {
            Received::Text(text) => match self.dialect.read(text).await {
                Inbound::Command(command) => {
                    if self.commands.is_empty() {
                        self.commands.reserve((1 + self.reader.waiting()).min(MAX_IN_FLIGHT));
                    }
                    self.commands.push(command);
                    return Ok(Handled::Command);
                }
                Inbound::Answer(frame) => self.answer(frame).await,
                Inbound::Request(request) => {
                    // In the order in which they were read.
                    self.submit().await;
                    // Boxed: its state is not reserved while the connection is open.
                    match Box::pin(self.dialect.handle(request, &self.handle)).await {
                        RequestOutcome::Answer(frame) => self.answer(frame).await,
                        RequestOutcome::Pending(answer) => self.answers.push(Answer::Pending(answer)),
                        RequestOutcome::Welcome(frame) => self.handle.welcome(frame),
                    }
                }
            },
            Received::Binary(bytes) => {
                let answer = self.dialect.binary(bytes);
                self.answer(answer).await;
            }
            Received::Pong(payload) => self.dialect.pong(&payload, &self.handle),
            Received::Ping(payload) => self.handle.send(Frame::pong(&payload)),
            Received::Close(code) => return Err(End::Close(code.unwrap_or(close_code::NORMAL), "")),
            Received::Broken(code) => return Err(End::Close(code, "this is not WebSocket")),
            Received::TooLarge => {
                let error = self.dialect.error(ErrorCode::TooLarge.into());
                self.answer(error).await;
                return Err(End::Close(close_code::TOO_LARGE, "the frame is too large"));
            }
        }
        Ok(Handled::Other)
    }

    /// Queues the commands that were read, once there is room for them.
    async fn submit(&mut self) {
        if !self.commands.is_empty() {
            let pending = self.dialect.submit(std::mem::take(&mut self.commands)).await;
            self.answers.push(Answer::Commands(pending));
        }
    }

    /// Answers the message that was read last: at once where no answer is pending.
    async fn answer(&mut self, frame: Frame) {
        self.submit().await;
        if self.answers.is_empty() {
            self.handle.send(frame);
        } else {
            self.answers.push(Answer::Ready(frame));
        }
    }
}

/// Sends a close frame, and waits a moment until it is answered.
pub async fn close(handle: &ConnectionHandle, mut reader: Reader, code: u16, reason: &'static str) {
    handle.resume();
    handle.close(Frame::close(Some((code, reason))));
    let _ = timeout(CLOSE_TIMEOUT, async {
        if handle.flushed().await.is_ok() {
            handle.shut_down();
            reader.drain().await;
        }
    })
    .await;
}
