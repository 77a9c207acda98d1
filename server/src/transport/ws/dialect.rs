//! The interface between [`connection`](super::connection) and the dialects of `/ws`.

use confab_shared::error::ErrorCode;
use tokio::sync::oneshot;

use super::handle::{ConnectionHandle, End};
use crate::{
    domain::command::Command,
    service::{CommandAnswer, PendingCommands, error::Error},
    websocket::frame::Frame,
};

/// What a text message is.
pub enum Inbound<R> {
    /// A command, to be queued; together with those that follow it, where they have been read already.
    Command(Command),
    /// A request that is not queued.
    Request(R),
    /// To be answered at once: it cannot be carried out, or needs only an answer.
    Answer(Frame),
}

/// What becomes of a request.
pub enum RequestOutcome {
    /// Its answer.
    Answer(Frame),
    /// Its answer, where it has one, comes later; it holds up no other request.
    Pending(oneshot::Receiver<Option<Frame>>),
    /// A welcome, which is written before what the hub delivered since.
    Welcome(Frame),
}

/// A dialect: how messages are read, and what is written.
pub trait Dialect: Send {
    /// What clients ask for besides commands.
    type Request: Send;

    /// Reads a text message.
    fn read(&mut self, text: String) -> impl Future<Output = Inbound<Self::Request>> + Send;

    /// Queues commands.
    fn submit(&self, commands: Vec<Command>) -> impl Future<Output = PendingCommands> + Send;

    /// The frame that answers a command; none where the dialect has none.
    fn answer(answer: CommandAnswer) -> Option<Frame>;

    /// Handles a request.
    fn handle(
        &mut self,
        request: Self::Request,
        handle: &ConnectionHandle,
    ) -> impl Future<Output = RequestOutcome> + Send;

    /// The answer to a binary message.
    fn binary(&mut self, _bytes: Vec<u8>) -> Frame {
        self.error(ErrorCode::BinaryFrame.into())
    }

    /// Whether the hub delivered events that the connection's own task has to write.
    fn has_pending_events(&self) -> bool {
        false
    }

    /// Writes the events that the hub delivered.
    fn write_pending_events(
        &mut self,
        _handle: &ConnectionHandle,
    ) -> impl Future<Output = Result<(), End>> + Send {
        std::future::ready(Ok(()))
    }

    /// The peer has received all that was written before the ping with this payload.
    fn pong(&mut self, _payload: &[u8], _handle: &ConnectionHandle) {}

    /// The frame of an error.
    fn error(&self, error: Error) -> Frame;
}
