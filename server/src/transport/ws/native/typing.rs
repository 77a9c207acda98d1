//! Typing signals of one connection.

use std::time::{Duration, Instant};

use confab_shared::{id::ConversationId, user::User};
use tokio::sync::oneshot;

use tracing::Instrument;

use crate::{
    service::Service,
    transport::{
        connection_id::ConnectionId,
        ws::{dialect::RequestOutcome, error_frame::error_frame},
    },
};

/// The shortest time between two signals of one connection that its user is writing.
const INTERVAL: Duration = Duration::from_millis(500);

/// Delivers the signals of a connection in their order. Later requests do not wait for them: a signal reads the members
/// from storage.
#[derive(Default)]
pub(super) struct TypingSignals {
    /// Resolves once the last signal is handled.
    last: Option<oneshot::Receiver<Delivered>>,
}

/// The signals that were delivered so far.
#[derive(Clone, Copy, Default)]
struct Delivered {
    /// When the last signal that the user is writing was delivered.
    writing_at: Option<Instant>,
    /// Whether no signal that the user stopped followed it.
    is_writing: bool,
}

impl Delivered {
    /// Whether a signal changes what the members see. Others are dropped, since each is delivered to many.
    fn changes_with(self, stopped: bool) -> bool {
        if stopped { self.is_writing } else { self.writing_at.is_none_or(|at| at.elapsed() >= INTERVAL) }
    }

    fn with(self, stopped: bool) -> Self {
        let writing_at = if stopped { self.writing_at } else { Some(Instant::now()) };
        Self { writing_at, is_writing: !stopped }
    }
}

impl TypingSignals {
    /// Signals that the user is writing, or has stopped. A refused signal does not count as delivered.
    pub(super) fn signal(
        &mut self,
        service: Service,
        user: User,
        conversation: ConversationId,
        stopped: bool,
        connection: ConnectionId,
    ) -> RequestOutcome {
        let (answer, pending) = oneshot::channel();
        let (handled, last) = oneshot::channel();
        let before = self.last.replace(last);
        let signal = async move {
            let mut delivered = match before {
                Some(before) => before.await.unwrap_or_default(),
                None => Delivered::default(),
            };
            if delivered.changes_with(stopped) {
                let outcome = service.typing(user, conversation, stopped).await;
                if outcome.is_ok() {
                    delivered = delivered.with(stopped);
                }
                // The connection may be gone.
                let _ = answer.send(outcome.err().map(|error| error_frame(error, None, connection)));
            }
            let _ = handled.send(delivered);
        };
        tokio::spawn(signal.in_current_span());
        RequestOutcome::Pending(pending)
    }
}
