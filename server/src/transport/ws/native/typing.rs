//! Typing signals of one connection.

use std::time::{Duration, Instant};

use confab_shared::{id::ConversationId, user::User};
use tokio::sync::oneshot;

use super::error_frame::error_frame;
use crate::{service::Service, transport::ws::dialect::RequestOutcome};

/// The shortest time between two signals of one connection that its user is writing.
const INTERVAL: Duration = Duration::from_millis(500);

/// Passes on the signals of a connection in their order, beside the requests that follow them: who the members are is
/// read from storage.
#[derive(Default)]
pub(super) struct TypingSignals {
    /// Resolves once the last signal is handled.
    last: Option<oneshot::Receiver<Passed>>,
}

/// The signals that were passed on so far.
#[derive(Clone, Copy, Default)]
struct Passed {
    /// When the last was that the user is writing.
    writing_at: Option<Instant>,
    /// Whether the user has not stopped since.
    is_writing: bool,
}

impl Passed {
    /// Whether a signal changes what the members see; each is delivered to many.
    fn lets_pass(self, stopped: bool) -> bool {
        if stopped { self.is_writing } else { self.writing_at.is_none_or(|at| at.elapsed() >= INTERVAL) }
    }

    fn with(self, stopped: bool) -> Self {
        let writing_at = if stopped { self.writing_at } else { Some(Instant::now()) };
        Self { writing_at, is_writing: !stopped }
    }
}

impl TypingSignals {
    /// Signals that the user is writing, or has stopped. One that is refused counts for nothing.
    pub(super) fn signal(
        &mut self,
        service: Service,
        user: User,
        conversation: ConversationId,
        stopped: bool,
    ) -> RequestOutcome {
        let (answer, pending) = oneshot::channel();
        let (handled, last) = oneshot::channel();
        let before = self.last.replace(last);
        tokio::spawn(async move {
            let mut passed = match before {
                Some(before) => before.await.unwrap_or_default(),
                None => Passed::default(),
            };
            if passed.lets_pass(stopped) {
                let outcome = service.typing(user, conversation, stopped).await;
                if outcome.is_ok() {
                    passed = passed.with(stopped);
                }
                // The connection may be gone.
                let _ = answer.send(outcome.err().map(|error| error_frame(error, None)));
            }
            let _ = handled.send(passed);
        });
        RequestOutcome::Pending(pending)
    }
}
