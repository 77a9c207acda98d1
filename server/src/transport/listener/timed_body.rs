//! A request body with a deadline.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use axum::BoxError;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Sleep;

use crate::transport::admission::Slot;

/// How fast a body has to arrive, in bytes a second on average, beyond [`REQUEST_TIMEOUT`].
const MIN_BODY_RATE: u64 = 4 * 1024;

/// How long the head of a request may take to arrive, and the whole request where its body is small.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// A body that fails once its deadline has passed. The deadline counts from the first byte of the request, and only
/// [`MIN_BODY_RATE`] extends it: neither pauses nor small pieces do.
pub struct TimedBody {
    body: Incoming,
    slot: Arc<Slot>,
    began: Instant,
    received: u64,
    timer: Option<Pin<Box<Sleep>>>,
}

/// The body did not arrive before its deadline.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
struct TooSlow;

impl TimedBody {
    /// The body of a request whose first byte was read at `began`.
    pub fn new(body: Incoming, slot: Arc<Slot>, began: Instant) -> Self {
        Self { body, slot, began, received: 0, timer: None }
    }

    fn deadline(&self) -> Instant {
        self.began + REQUEST_TIMEOUT + Duration::from_secs(self.received / MIN_BODY_RATE)
    }

    /// Waits for the deadline, which received bytes extend.
    fn poll_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline().into();
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx)
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                self.slot.working();
                if let Some(Ok(frame)) = &frame {
                    self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                self.slot.receiving(self.began);
                ready!(self.poll_deadline(cx));
                self.slot.working();
                Poll::Ready(Some(Err(TooSlow.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
