//! The task of one connection, in either dialect: it reads messages, submits their commands, and answers in the order
//! of the messages. It never blocks another connection.

mod answers;

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use confab_shared::error::ErrorCode;
use tokio::time::timeout;
use tracing::Instrument;

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

/// Serves a connection until it ends. Not an `async fn`: its future would store the arguments a second time.
pub fn serve<D: Dialect>(
    handle: Arc<ConnectionHandle>,
    reader: Reader,
    dialect: D,
) -> impl Future<Output = ()> + Send {
    let mut connection =
        Connection { handle, reader, dialect, commands: Vec::new(), answers: Answers::default() };
    async move {
        let end = loop {
            if let Err(end) = connection.step().await {
                break end;
            }
        };
        if let End::Close(code, reason) = end {
            let Connection { handle, reader, answers, mut dialect, .. } = connection;
            // Boxed: its state is not reserved while the connection is open.
            let span = handle.id().span();
            let close = async move {
                let _ = timeout(LAST_ANSWERS_TIMEOUT, answers.write_all(&handle, &mut dialect)).await;
                close(&handle, reader, code, reason).await;
            };
            Box::pin(close.instrument(span)).await;
        }
    }
}

struct Connection<D> {
    handle: Arc<ConnectionHandle>,
    reader: Reader,
    dialect: D,
    /// Commands that were read and not submitted yet.
    commands: Vec<Command>,
    answers: Answers,
}

/// Why the task woke.
enum Wakeup {
    Received(Received),
    PendingEvents,
}

/// How a message was handled.
enum Handled {
    /// It is a command, which is not submitted yet.
    Command,
    /// It is answered, or needs no answer.
    Other,
}

impl<D: Dialect> Connection<D> {
    /// Waits for one wakeup and handles it.
    async fn step(&mut self) -> Result<(), End> {
        match std::future::poll_fn(|cx| self.poll(cx)).await? {
            Wakeup::PendingEvents => self.dialect.write_pending_events(&self.handle).await,
            Wakeup::Received(first) => {
                let mut handled = self.handle(first).await;
                // Commands are submitted together. Any other message ends the batch: its answer is written at once, and
                // the socket may have no room.
                while let Ok(Handled::Command) = handled
                    && self.commands.len() + self.answers.unanswered() < MAX_IN_FLIGHT
                    && let Some(next) = self.reader.next()
                {
                    handled = self.handle(next).await;
                }
                self.submit().await;
                handled.map(|_| ())
            }
        }
    }

    /// Waits for the next wakeup. Answers are written before new messages are read, and nothing is read while the
    /// socket has no room: unwritten answers would pile up.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Wakeup, End>> {
        let flushed = self.handle.poll(cx)?;
        if flushed {
            self.answers.poll(cx, &self.handle, &mut self.dialect);
        }
        let reading = flushed && self.answers.unanswered() < MAX_IN_FLIGHT;
        self.handle.set_reading(reading);
        let wakeup = if flushed && self.dialect.has_pending_events() {
            Poll::Ready(Ok(Wakeup::PendingEvents))
        } else if reading {
            self.reader.poll(cx, &self.handle).map_ok(Wakeup::Received)
        } else {
            Poll::Pending
        };
        if wakeup.is_ready() {
            // The peer's bytes stay in the socket until the task polls again, and must not count as silence.
            self.handle.set_reading(false);
        }
        wakeup
    }

    async fn handle(&mut self, received: Received) -> Result<Handled, End> {
        match received {
            Received::Text(text) => match self.dialect.read(text).await {
                Inbound::Command(command) => {
                    if self.commands.is_empty() {
                        self.commands.reserve((1 + self.reader.buffered()).min(MAX_IN_FLIGHT));
                    }
                    self.commands.push(command);
                    return Ok(Handled::Command);
                }
                Inbound::Answer(frame) => self.answer(frame).await,
                Inbound::Request(request) => {
                    // Commands that were read before the request come first.
                    self.submit().await;
                    // Boxed: its state is not reserved while the connection is open.
                    let span = self.handle.id().span();
                    match Box::pin(self.dialect.handle(request, &self.handle).instrument(span)).await {
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

    /// Submits the commands that were read, and waits until the writer's queue has room for them.
    async fn submit(&mut self) {
        if !self.commands.is_empty() {
            let pending = self.dialect.submit(std::mem::take(&mut self.commands)).await;
            self.answers.push(Answer::Commands(pending));
        }
    }

    /// Answers the last message: at once where no answer is pending.
    async fn answer(&mut self, frame: Frame) {
        self.submit().await;
        if self.answers.is_empty() {
            self.handle.send(frame);
        } else {
            self.answers.push(Answer::Ready(frame));
        }
    }
}

/// Sends a close frame, and waits at most [`CLOSE_TIMEOUT`] for the peer's.
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
