//! The unwritten answers of one connection.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::sync::oneshot;

use crate::{
    service::PendingCommands,
    transport::ws::{dialect::Dialect, handle::ConnectionHandle},
    websocket::frame::Frame,
};

/// Answers, in the order of the messages that they answer. Each becomes ready whether or not it is polled: a task that
/// waits for its socket polls none, and must not delay another connection.
#[derive(Default)]
pub(super) struct Answers {
    queue: VecDeque<Answer>,
    /// The number of messages that they answer.
    unanswered: usize,
}

pub(super) enum Answer {
    /// Ready, and not written before those that precede it.
    Ready(Frame),
    Commands(PendingCommands),
    /// The answer to a request, which may be none.
    Pending(oneshot::Receiver<Option<Frame>>),
}

impl Answers {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The number of messages without a written answer.
    pub(super) fn unanswered(&self) -> usize {
        self.unanswered
    }

    pub(super) fn push(&mut self, answer: Answer) {
        self.unanswered += answer.len();
        self.queue.push_back(answer);
    }

    /// Writes the answers that are ready, up to the first that is not, in one write.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        handle: &ConnectionHandle,
        dialect: &mut impl Dialect,
    ) {
        let before = self.queue.len();
        while let Some(first) = self.queue.front_mut() {
            let len = first.len();
            let Poll::Ready(()) = first.poll(cx, handle, dialect) else { break };
            self.unanswered -= len;
            self.queue.pop_front();
        }
        if self.queue.len() < before {
            handle.flush();
        }
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
    }

    /// Waits for all answers and writes them: commands that were read are still executed.
    pub(super) async fn write_all(self, handle: &ConnectionHandle, dialect: &mut impl Dialect) {
        handle.resume();
        for mut answer in self.queue {
            std::future::poll_fn(|cx| answer.poll(cx, handle, dialect)).await;
            handle.flush();
        }
    }
}

impl Answer {
    fn len(&self) -> usize {
        match self {
            Self::Commands(pending) => pending.len(),
            Self::Ready(_) | Self::Pending(_) => 1,
        }
    }

    /// Queues the answer for writing, once it is ready.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        handle: &ConnectionHandle,
        dialect: &mut impl Dialect,
    ) -> Poll<()> {
        match self {
            Self::Ready(frame) => handle.enqueue(frame.clone()),
            Self::Commands(pending) => {
                for answer in ready!(Pin::new(pending).poll(cx)) {
                    dialect.answer(answer, handle.id()).into_iter().for_each(|frame| handle.enqueue(frame));
                }
            }
            Self::Pending(answer) => {
                // A request that panicked has no answer.
                let answer = ready!(Pin::new(answer).poll(cx)).ok().flatten();
                answer.into_iter().for_each(|frame| handle.enqueue(frame));
            }
        }
        Poll::Ready(())
    }
}
