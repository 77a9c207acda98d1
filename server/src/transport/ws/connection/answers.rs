//! The answers that a peer waits for.

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

/// Answers, in the order of the messages that they answer. They become ready by themselves, polled or not: a task that
/// waits for its socket polls nothing, and must hold up no other meanwhile.
#[derive(Default)]
pub(super) struct Answers {
    queue: VecDeque<Answer>,
    /// How many messages of the peer's they answer.
    waiting: usize,
}

pub(super) enum Answer {
    /// Ready, and waits for those before it.
    Ready(Frame),
    Commands(PendingCommands),
    /// The answer of a request, where it has one.
    Pending(oneshot::Receiver<Option<Frame>>),
}

impl Answers {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many messages of the peer's wait for an answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(super) fn push(&mut self, answer: Answer) {
        self.waiting += answer.len();
        self.queue.push_back(answer);
    }

    /// Writes all answers that are ready, in one go, up to the first that is not.
    pub(super) fn poll<D: Dialect>(&mut self, cx: &mut Context<'_>, handle: &ConnectionHandle) {
        let before = self.queue.len();
        while let Some(first) = self.queue.front_mut() {
            let len = first.len();
            let Poll::Ready(()) = first.poll::<D>(cx, handle) else { break };
            self.waiting -= len;
            self.queue.pop_front();
        }
        if self.queue.len() < before {
            handle.flush();
        }
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
    }

    /// Waits for all answers and writes them: what was read is carried out.
    pub(super) async fn last<D: Dialect>(self, handle: &ConnectionHandle) {
        handle.resume();
        for mut answer in self.queue {
            std::future::poll_fn(|cx| answer.poll::<D>(cx, handle)).await;
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
    fn poll<D: Dialect>(&mut self, cx: &mut Context<'_>, handle: &ConnectionHandle) -> Poll<()> {
        match self {
            Self::Ready(frame) => handle.enqueue(frame.clone()),
            Self::Commands(pending) => {
                for answer in ready!(Pin::new(pending).poll(cx)) {
                    D::answer(answer).into_iter().for_each(|frame| handle.enqueue(frame));
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
