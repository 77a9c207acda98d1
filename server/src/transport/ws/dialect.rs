//! The interface between [`connection`](super::connection) and the dialects of `/ws`.

use confab_shared::error::ErrorCode;
use tokio::sync::oneshot;

use super::handle::{ConnectionHandle, End};
use crate::{
    domain::command::Command,
    service::{CommandAnswer, PendingCommands, error::Error},
    transport::connection_id::ConnectionId,
    websocket::frame::Frame,
};

/// A decoded text message.
pub enum Inbound<R> {
    /// A command. Commands that arrive together are submitted together.
    Command(Command),
    /// A request that is not a command.
    Request(R),
    /// A message that needs nothing but this answer, such as an invalid one.
    Answer(Frame),
}

/// The outcome of a request.
pub enum RequestOutcome {
    /// The answer.
    Answer(Frame),
    /// The answer follows, or there is none; later messages are handled meanwhile.
    Pending(oneshot::Receiver<Option<Frame>>),
    /// A welcome, which is written before deliveries that were held back.
    Welcome(Frame),
}

/// A dialect: how messages are decoded and answers encoded.
pub trait Dialect: Send {
    /// A client's requests that are not commands.
    type Request: Send;

    /// Decodes a text message.
    fn read(&mut self, text: String) -> impl Future<Output = Inbound<Self::Request>> + Send;

    /// Submits commands, and waits until the writer's queue has room for them.
    fn submit(&self, commands: Vec<Command>) -> impl Future<Output = PendingCommands> + Send;

    /// Takes note of the answer to a command. The frame that answers it; none where the dialect does not answer it.
    fn answer(&mut self, answer: CommandAnswer, connection: ConnectionId) -> Option<Frame>;

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

    /// Handles a pong: the peer has received everything that was written before the ping with this payload.
    fn pong(&mut self, _payload: &[u8], _handle: &ConnectionHandle) {}

    /// Encodes an error.
    fn error(&self, error: Error) -> Frame;
}
