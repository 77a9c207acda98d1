//! What a peer is to be answered.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::Dialect;
use crate::{chat::Posting, frame::Frame, ws::link::Link};

/// Answers, in the order of the frames that they are to. They come by themselves, whether they are polled or not: a task
/// that waits for its socket polls nothing, and must hold up nobody meanwhile.
#[derive(Default)]
pub(super) struct Answers {
    queue: VecDeque<Answer>,
    /// How many frames of the peer's they answer.
    waiting: usize,
}

pub(super) enum Answer {
    /// It has to wait for those before it.
    Ready(Frame),
    Posting(Posting),
}

impl Answers {
    pub(super) fn are_none(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many frames of the peer's wait for an answer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(super) fn push(&mut self, answer: Answer) {
        self.waiting += answer.size();
        self.queue.push_back(answer);
    }

    /// Says all that are ready, in one go, up to the first that is not.
    pub(super) fn poll<D: Dialect>(&mut self, cx: &mut Context<'_>, link: &Link) {
        let before = self.queue.len();
        while let Some(first) = self.queue.front_mut() {
            let size = first.size();
            let Poll::Ready(()) = first.poll::<D>(cx, link) else { break };
            self.waiting -= size;
            self.queue.pop_front();
        }
        if self.queue.len() < before {
            link.flush();
        }
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
    }

    /// What was read is carried out, and its answer told.
    pub(super) async fn last<D: Dialect>(self, link: &Link) {
        link.resume();
        for mut answer in self.queue {
            std::future::poll_fn(|cx| answer.poll::<D>(cx, link)).await;
            link.flush();
        }
    }
}

impl Answer {
    fn size(&self) -> usize {
        match self {
            Self::Posting(posting) => posting.messages(),
            Self::Ready(_) => 1,
        }
    }

    /// Feeds the link with the answer, once there is one.
    fn poll<D: Dialect>(&mut self, cx: &mut Context<'_>, link: &Link) -> Poll<()> {
        match self {
            Self::Ready(frame) => link.feed(frame.clone()),
            Self::Posting(posting) => {
                for posted in ready!(Pin::new(posting).poll(cx)) {
                    D::posted(posted).into_iter().for_each(|frame| link.feed(frame));
                }
            }
        }
        Poll::Ready(())
    }
}
